/**
 * One tempo for a whole recording whose decoded beats do not lie on one line: most music that is made on a computer has
 * one, and what a tracker hears as a change of tempo is mostly that it slid from the beats to the offbeats.
 */

import { beatsOfLine, fitBeatLine, median, refineBeats, type BeatLine } from './grid';

/** A stretch of the decoded beats this long, in beats, with little jitter proposes its tempo. */
const STRETCH_BEATS = 12;
const STRETCH_JITTER_SECONDS = 0.02;
/** So many tempi, told apart by 0.4 %, are tried. */
const MOST_TEMPI = 6;
const SAME_TEMPO = 0.004;
/** How far around a proposed tempo is searched, and how far the last beat may be off for want of resolution. */
const SEARCH_RANGE = 0.006;
const SEARCH_ERROR_SECONDS = 0.02;
/** A tempo this near is taken for a whole or half one that has this share of its support. */
const WHOLE_TEMPO_RANGE = 0.003;
const WHOLE_TEMPO_SHARE = 0.97;
/** Longer recordings are mixes of several songs: they have no one tempo, and the search would take long. */
const LONGEST_SECONDS = 1200;

export interface SteadyLine {
  readonly line: BeatLine;
  /** Mean activation on its beats, 0-1. */
  readonly support: number;
}

/** The line with the strongest activation under its beats, near a tempo that stretches of `heard` have. */
export function steadyLine(
  heard: readonly number[],
  activation: Float32Array,
  framesPerSecond: number,
): SteadyLine | undefined {
  const durationSeconds = activation.length / framesPerSecond;
  if (durationSeconds > LONGEST_SECONDS) return undefined;
  const near = widened(activation);
  let best: SteadyLine | undefined;
  for (const proposal of proposedPeriods(heard)) {
    const step = SEARCH_ERROR_SECONDS / durationSeconds;
    for (let change = -SEARCH_RANGE; change <= SEARCH_RANGE; change += step) {
      const found = bestPhase(proposal * (1 + change), near, framesPerSecond);
      if (best === undefined || found.support > best.support) best = found;
    }
  }
  if (best === undefined) return undefined;
  const exact = fitted(best.line, activation, framesPerSecond);
  const typed = wholeTempo(exact, best.support, near, framesPerSecond);
  return {
    line: typed === undefined ? exact : centred(typed, activation, framesPerSecond),
    support: best.support,
  };
}

/** Periods of the straight stretches of decoded beats, the commonest first. */
function proposedPeriods(heard: readonly number[]): number[] {
  const found: { period: number; count: number }[] = [];
  for (let start = 0; start + STRETCH_BEATS <= heard.length; start += STRETCH_BEATS / 4) {
    const beats = heard.slice(start, start + STRETCH_BEATS);
    const period = (beats.at(-1)! - beats[0]!) / (STRETCH_BEATS - 1);
    const jitter = median(beats.map((beat, i) => Math.abs(beat - beats[0]! - i * period)));
    if (jitter > STRETCH_JITTER_SECONDS) continue;
    const known = found.find((each) => Math.abs(each.period / period - 1) < SAME_TEMPO);
    if (known === undefined) found.push({ period, count: 1 });
    else {
      known.period += (period - known.period) / (known.count + 1);
      known.count++;
    }
  }
  found.sort((a, b) => b.count - a.count);
  return found.slice(0, MOST_TEMPI).map(({ period }) => period);
}

/** The largest of each value and its neighbours. */
function widened(activation: Float32Array): Float32Array {
  return activation.map((value, i) => Math.max(value, activation[i - 1] ?? 0, activation[i + 1] ?? 0));
}

function bestPhase(periodSeconds: number, near: Float32Array, framesPerSecond: number): SteadyLine {
  const period = periodSeconds * framesPerSecond;
  let best = -1;
  let origin = 0;
  for (let phase = 0; phase < period; phase++) {
    let sum = 0;
    let count = 0;
    for (let at = phase; at < near.length - 0.5; at += period) {
      sum += near[Math.round(at)]!;
      count++;
    }
    if (sum > best * count) {
      best = sum / count;
      origin = phase;
    }
  }
  return {
    line: { originSeconds: origin / framesPerSecond, periodSeconds, medianErrorSeconds: 0 },
    support: best,
  };
}

/** Least squares through what the activation has near each beat of a line. */
function fitted(line: BeatLine, activation: Float32Array, framesPerSecond: number): BeatLine {
  const beats = beatsOfLine(line, activation.length / framesPerSecond);
  return fitBeatLine(refineBeats(beats, activation, framesPerSecond)) ?? line;
}

/** A line near `exact` with a tempo as a producer types it, whole or half, where it is (nearly) as well supported. */
function wholeTempo(
  exact: BeatLine,
  support: number,
  near: Float32Array,
  framesPerSecond: number,
): BeatLine | undefined {
  const bpm = 60 / exact.periodSeconds;
  for (const step of [1, 0.5]) {
    const whole = Math.round(bpm / step) * step;
    if (Math.abs(whole / bpm - 1) > WHOLE_TEMPO_RANGE) continue;
    const found = bestPhase(60 / whole, near, framesPerSecond);
    if (found.support >= support * WHOLE_TEMPO_SHARE) return found.line;
  }
  return undefined;
}

/** The line moved to the middle of what the activation has near its beats. */
function centred(line: BeatLine, activation: Float32Array, framesPerSecond: number): BeatLine {
  const beats = beatsOfLine(line, activation.length / framesPerSecond);
  const moved = refineBeats(beats, activation, framesPerSecond);
  const shift = median(moved.map((beat, i) => beat - beats[i]!));
  return { ...line, originSeconds: line.originSeconds + shift };
}
