/** Activations to a {@link BeatAnalysis}: decode, decide whether the tempo is constant, lay the grid, place the bars. */

import { TICKS_PER_QUARTER } from '$lib/core/notes';
import type { BeatAnalysis } from '$lib/core/transcription';
import type { TempoPoint } from '$lib/core/tempo-map';
import { decodeBeats, type BeatActivations, type BeatDecoderOptions, type TempoOpinion } from './decode';
import {
  beatsOfLine,
  fitBeatLine,
  median,
  refineBeats,
  roundTempo,
  shareOnLine,
  tempoPoints,
  type BeatLine,
} from './grid';
import { steadyLine } from './steady-line';

/** What a recording without a pulse gets, so that its notes can still be written on a grid. */
const DEFAULT_BPM = 120;
/** A recording whose strongest activation stays below this has no pulse. */
const LEAST_PEAK = 0.12;
/** Share of beats on one line from which the tempo counts as constant. */
const CONSTANT_SHARE = 0.9;
/** One tempo for all is believed where its beats have this share of the activation that the decoded beats have. */
const STEADY_SHARE = 0.85;

const BEAT_DECODER: BeatDecoderOptions = {
  lowestBpm: 55,
  highestBpm: 215,
  beatsPerBar: [3, 4],
  tempoStiffness: 60,
  beatPart: 1 / 16,
  preferredBpm: 135,
  preferenceOctaves: 0.6,
  preferenceWeight: 2,
  unusualMetreCost: 0.3,
  tempoWeight: 1,
};

/**
 * Music mostly begins with a bar: the first sound counts as much as the downbeat activation of this share of all bars.
 * It decides between the first and the third beat, which the networks confuse most.
 */
const OPENING_WEIGHT = 0.3;
/** The same for the choice between beats and offbeats, as a share of a full activation on every beat. */
const OPENING_BEAT_WEIGHT = 0.3;
/** The first sound must lie this close to a beat to count. */
const OPENING_SECONDS = 0.08;

/** The answer for silence and for recordings without a pulse. */
export function defaultBeats(durationSeconds: number): BeatAnalysis {
  const beatsSeconds = beatsOfLine(
    { originSeconds: 0, periodSeconds: 60 / DEFAULT_BPM, medianErrorSeconds: 0 },
    durationSeconds,
  );
  return {
    beatsSeconds,
    downbeatsSeconds: beatsSeconds.filter((_, i) => i % 4 === 0),
    bpm: DEFAULT_BPM,
    constant: true,
    tempoMap: [{ seconds: 0, tick: 0, bpm: DEFAULT_BPM }],
    timeSignature: { numerator: 4, denominator: 4 },
    confidence: 0,
  };
}

export interface BeatAnalysisOptions {
  /** When the music begins, where that is known. */
  readonly firstSoundSeconds?: number;
  /** A second opinion on "any beat", a frame each: it is heard where beats and offbeats could be exchanged. */
  readonly anyBeat?: Float32Array;
  readonly tempo?: TempoOpinion;
  readonly decoder?: BeatDecoderOptions;
}

/** Never throws; see {@link defaultBeats} for recordings without a pulse. */
export function analyseBeats(
  activations: BeatActivations,
  durationSeconds: number,
  { firstSoundSeconds, anyBeat, tempo, decoder = BEAT_DECODER }: BeatAnalysisOptions = {},
): BeatAnalysis {
  const { framesPerSecond } = activations;
  const either = activations.beat.map((value, i) => value + activations.downbeat[i]!);
  let peak = 0;
  for (const value of either) peak = Math.max(peak, value);
  if (peak < LEAST_PEAK) return defaultBeats(durationSeconds);
  const decoded = decodeBeats(activations, decoder, tempo);
  if (decoded.beatsSeconds.length < 3) return defaultBeats(durationSeconds);

  const heard = refineBeats(decoded.beatsSeconds, either, framesPerSecond);
  const beatsPerBar = decoded.beatsPerBar;
  const confidence = beatConfidence(heard, either, framesPerSecond);
  const found = constantLine(heard, durationSeconds) ?? steadyTempo(heard, either, framesPerSecond);
  if (found !== undefined) {
    const opinions = anyBeat === undefined ? [either] : [either, anyBeat];
    const line = onTheBeat(found, opinions, { durationSeconds, framesPerSecond, firstSoundSeconds });
    const beatsSeconds = beatsOfLine(line, durationSeconds);
    const offset = barOffset(beatsSeconds, beatsPerBar, activations, firstSoundSeconds);
    const bpm = 60 / line.periodSeconds;
    return {
      beatsSeconds,
      downbeatsSeconds: beatsSeconds.filter((_, i) => (i + offset) % beatsPerBar === 0),
      bpm,
      constant: true,
      tempoMap: [barLineAtOrBeforeZero(beatsSeconds, offset, line.periodSeconds, beatsPerBar)],
      timeSignature: { numerator: beatsPerBar, denominator: 4 },
      confidence,
    };
  }
  const first = decoded.barPositions[0] ?? 0;
  const beatsSeconds = smooth(heard);
  return {
    beatsSeconds,
    downbeatsSeconds: beatsSeconds.filter((_, i) => decoded.barPositions[i] === 0),
    bpm: 60 / median(beatsSeconds.slice(1).map((beat, i) => beat - beatsSeconds[i]!)),
    constant: false,
    tempoMap: fromZero(tempoPoints(beatsSeconds, first), beatsPerBar),
    timeSignature: { numerator: beatsPerBar, denominator: 4 },
    confidence,
  };
}

/** The line through all beats where one tempo explains them, with a tempo as a producer would have typed it. */
function constantLine(heard: readonly number[], durationSeconds: number): BeatLine | undefined {
  const line = fitBeatLine(heard);
  if (line === undefined) return undefined;
  const share = shareOnLine(heard, line);
  if (share < CONSTANT_SHARE) return undefined;
  const periodSeconds = 60 / roundTempo(60 / line.periodSeconds, durationSeconds);
  // The phase that suits the rounded tempo best.
  const centre = median(heard);
  const index = Math.round((centre - line.originSeconds) / line.periodSeconds);
  const around = line.originSeconds + index * line.periodSeconds - index * periodSeconds;
  const shifts = heard.map((beat) => {
    const at = (beat - around) / periodSeconds;
    return (at - Math.round(at)) * periodSeconds;
  });
  const rounded: BeatLine = { ...line, originSeconds: around + median(shifts), periodSeconds };
  return shareOnLine(heard, rounded) >= share - 0.02 ? rounded : line;
}

/** The line that runs through a recording whose beats the decoder left at times, where it is nearly as well supported. */
function steadyTempo(
  heard: readonly number[],
  either: Float32Array,
  framesPerSecond: number,
): BeatLine | undefined {
  const steady = steadyLine(heard, either, framesPerSecond);
  if (steady === undefined) return undefined;
  const share = steady.support / meanPeak(heard, either, framesPerSecond);
  return share >= STEADY_SHARE ? steady.line : undefined;
}

/** The line itself, or the one half a beat later where that is the better answer to all opinions and the first sound. */
function onTheBeat(
  line: BeatLine,
  opinions: readonly Float32Array[],
  at: { durationSeconds: number; framesPerSecond: number; firstSoundSeconds: number | undefined },
): BeatLine {
  const support = (candidate: BeatLine): number => {
    const beats = beatsOfLine(candidate, at.durationSeconds);
    const peaks = opinions.map((opinion) => meanPeak(beats, opinion, at.framesPerSecond));
    const sum = peaks.reduce((total, peak) => total + peak, 0) / opinions.length;
    const first = at.firstSoundSeconds;
    const opens = first !== undefined && beats.some((beat) => Math.abs(beat - first) <= OPENING_SECONDS);
    return sum + (opens ? OPENING_BEAT_WEIGHT : 0);
  };
  const shifted = { ...line, originSeconds: line.originSeconds + line.periodSeconds / 2 };
  return support(shifted) > support(line) ? shifted : line;
}

/** Bar position of the first beat of the grid: where the downbeat activation is strongest over the whole song. */
function barOffset(
  beatsSeconds: readonly number[],
  beatsPerBar: number,
  activations: BeatActivations,
  firstSoundSeconds: number | undefined,
): number {
  const heard = new Float64Array(beatsPerBar);
  beatsSeconds.forEach((beat, i) => {
    const frame = Math.round(beat * activations.framesPerSecond);
    let most = 0;
    for (let k = frame - 2; k <= frame + 2; k++) most = Math.max(most, activations.downbeat[k] ?? 0);
    const offset = (beatsPerBar - (i % beatsPerBar)) % beatsPerBar;
    heard[offset]! += most;
  });
  if (firstSoundSeconds !== undefined) {
    const opening = beatsSeconds.findIndex((beat) => Math.abs(beat - firstSoundSeconds) <= OPENING_SECONDS);
    const offset = (beatsPerBar - (opening % beatsPerBar)) % beatsPerBar;
    if (opening >= 0) heard[offset]! += (OPENING_WEIGHT * beatsSeconds.length) / beatsPerBar;
  }
  let best = 0;
  for (let offset = 1; offset < beatsPerBar; offset++) {
    if (heard[offset]! > heard[best]!) best = offset;
  }
  return best;
}

/** The single point of a constant map: tick 0 on the last bar line at or before the start of the recording. */
function barLineAtOrBeforeZero(
  beatsSeconds: readonly number[],
  offset: number,
  periodSeconds: number,
  beatsPerBar: number,
): TempoPoint {
  const barSeconds = periodSeconds * beatsPerBar;
  let seconds = (beatsSeconds[0] ?? 0) - offset * periodSeconds;
  while (seconds > 0.001) seconds -= barSeconds;
  return { seconds: seconds + 0, tick: 0, bpm: 60 / periodSeconds };
}

/** Whole bars in front of the first point, so that every second of the recording has a tick of 0 or more. */
function fromZero(points: readonly TempoPoint[], beatsPerBar: number): TempoPoint[] {
  const opening = points[0];
  if (opening === undefined) return [{ seconds: 0, tick: 0, bpm: DEFAULT_BPM }];
  const barSeconds = (beatsPerBar * 60) / opening.bpm;
  const bars = Math.max(0, Math.ceil((opening.seconds - 0.001) / barSeconds));
  if (bars === 0) return [...points];
  const shift = bars * beatsPerBar * TICKS_PER_QUARTER;
  const moved = points.map((point) => ({ ...point, tick: point.tick + shift }));
  moved[0] = { seconds: opening.seconds - bars * barSeconds, tick: 0, bpm: opening.bpm };
  return moved;
}

/** Takes the jitter of single frames out of the beats, leaves changes of tempo: a local line over five beats. */
function smooth(beats: readonly number[]): number[] {
  return beats.map((beat, i) => {
    const from = Math.max(0, i - 2);
    const to = Math.min(beats.length - 1, i + 2);
    const count = to - from + 1;
    if (count < 4) return beat;
    let meanX = 0;
    let meanY = 0;
    for (let k = from; k <= to; k++) {
      meanX += k / count;
      meanY += beats[k]! / count;
    }
    let xy = 0;
    let xx = 0;
    for (let k = from; k <= to; k++) {
      xy += (k - meanX) * (beats[k]! - meanY);
      xx += (k - meanX) ** 2;
    }
    const fitted = meanY + (xy / xx) * (i - meanX);
    return Math.abs(fitted - beat) < 0.04 ? fitted : beat;
  });
}

/** Mean over beats of the strongest activation within a frame. */
function meanPeak(beats: readonly number[], activation: Float32Array, framesPerSecond: number): number {
  let sum = 0;
  for (const beat of beats) {
    const frame = Math.round(beat * framesPerSecond);
    let most = 0;
    for (let k = frame - 1; k <= frame + 1; k++) most = Math.max(most, activation[k] ?? 0);
    sum += most / beats.length;
  }
  return sum;
}

/** 0-1: how much stronger the activation is on the beats than between them. */
function beatConfidence(beats: readonly number[], either: Float32Array, framesPerSecond: number): number {
  const on = meanPeak(beats, either, framesPerSecond);
  let mean = 0;
  for (const value of either) mean += value / either.length;
  return Math.min(1, Math.max(0, on - mean));
}
