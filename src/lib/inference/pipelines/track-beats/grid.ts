/** From decoded beats to an exact grid: sub-frame times, constant tempo where one line explains them, tempo points. */

import { TICKS_PER_QUARTER } from '$lib/core/notes';
import type { TempoPoint } from '$lib/core/tempo-map';

export interface BeatLine {
  /** Time of beat 0 and length of a beat. */
  readonly originSeconds: number;
  readonly periodSeconds: number;
  /** Median distance of the beats from the line. */
  readonly medianErrorSeconds: number;
}

/** Beats further than this from the line are mistakes of the tracker or changes of tempo, not noise. */
const INLIER_SECONDS = 0.045;

/**
 * Beats moved to the centre of gravity of the activation around them (`reach` frames each side), which is finer than a
 * frame. Times are kept where the activation is silent.
 */
export function refineBeats(
  beatsSeconds: readonly number[],
  activation: Float32Array,
  framesPerSecond: number,
  reach = 2,
): number[] {
  return beatsSeconds.map((seconds) => {
    const centre = Math.round(seconds * framesPerSecond);
    let weight = 0;
    let moment = 0;
    for (let i = Math.max(0, centre - reach); i <= Math.min(activation.length - 1, centre + reach); i++) {
      const value = activation[i]! ** 2;
      weight += value;
      moment += value * i;
    }
    return weight > 0.01 ? moment / weight / framesPerSecond : seconds;
  });
}

/** Straight line through (index, beat), least squares on the beats within {@link INLIER_SECONDS} of the running fit. */
export function fitBeatLine(beatsSeconds: readonly number[]): BeatLine | undefined {
  const n = beatsSeconds.length;
  if (n < 4) return undefined;
  const gaps = beatsSeconds.slice(1).map((beat, i) => beat - beatsSeconds[i]!);
  let period = median(gaps);
  let origin = 0;
  // Indices are counted with the running period, so that a missed or doubled beat does not bend the line.
  for (let round = 0; round < 4; round++) {
    const indices = countBeats(beatsSeconds, period);
    origin = median(beatsSeconds.map((beat, i) => beat - indices[i]! * period));
    let sx = 0;
    let sy = 0;
    let sxx = 0;
    let sxy = 0;
    let count = 0;
    const limit = round === 0 ? period * 0.25 : INLIER_SECONDS;
    beatsSeconds.forEach((beat, i) => {
      const x = indices[i]!;
      if (Math.abs(beat - origin - x * period) > limit) return;
      sx += x;
      sy += beat;
      sxx += x * x;
      sxy += x * beat;
      count++;
    });
    const spread = count * sxx - sx * sx;
    if (count < 4 || spread <= 0) return undefined;
    period = (count * sxy - sx * sy) / spread;
    origin = (sy - period * sx) / count;
  }
  const indices = countBeats(beatsSeconds, period);
  const errors = beatsSeconds.map((beat, i) => Math.abs(beat - origin - indices[i]! * period));
  return { originSeconds: origin, periodSeconds: period, medianErrorSeconds: median(errors) };
}

/** Whole numbers of beats since the first, by rounding each gap to periods. */
function countBeats(beatsSeconds: readonly number[], period: number): number[] {
  const indices = [0];
  for (let i = 1; i < beatsSeconds.length; i++) {
    const gap = Math.max(1, Math.round((beatsSeconds[i]! - beatsSeconds[i - 1]!) / period));
    indices.push(indices[i - 1]! + gap);
  }
  return indices;
}

/** Share of beats that lie within {@link INLIER_SECONDS} of the line. */
export function shareOnLine(beatsSeconds: readonly number[], line: BeatLine): number {
  if (beatsSeconds.length === 0) return 0;
  const near = beatsSeconds.filter((beat) => {
    const at = (beat - line.originSeconds) / line.periodSeconds;
    return Math.abs(at - Math.round(at)) * line.periodSeconds <= INLIER_SECONDS;
  });
  return near.length / beatsSeconds.length;
}

/** A beat this little before the recording is its first sample: songs are cut on the beat. */
const EARLY_SECONDS = 0.04;

/** Beats of the line inside [0, durationSeconds). */
export function beatsOfLine(line: BeatLine, durationSeconds: number): number[] {
  const beats: number[] = [];
  const first = Math.ceil((-line.originSeconds - EARLY_SECONDS) / line.periodSeconds);
  for (let i = first; ; i++) {
    const beat = line.originSeconds + i * line.periodSeconds;
    if (beat >= durationSeconds) return beats;
    beats.push(Math.max(0, beat));
  }
}

/** A tempo that a producer would have typed in: whole or half numbers within the precision of the measurement. */
export function roundTempo(bpm: number, durationSeconds: number): number {
  // Over n beats an error of 20 ms at both ends moves the tempo by about this much.
  const tolerance = Math.min(0.4, (bpm * 0.03) / Math.max(4, durationSeconds));
  for (const step of [1, 0.5, 0.1]) {
    const rounded = Math.round(bpm / step) * step;
    if (Math.abs(rounded - bpm) <= tolerance) return Number(rounded.toFixed(1));
  }
  return bpm;
}

/**
 * One tempo point a beat, runs of (nearly) equal tempo merged as long as no beat moves by more than `toleranceSeconds`.
 * The first downbeat gets the tick of a bar line: ticks start at 0 on the bar line at or before the first beat.
 *
 * @param beatsFromBar beats between that bar line and the first beat.
 */
export function tempoPoints(
  beatsSeconds: readonly number[],
  beatsFromBar: number,
  toleranceSeconds = 0.012,
): TempoPoint[] {
  const points: TempoPoint[] = [];
  const first = beatsSeconds[0];
  const second = beatsSeconds[1];
  if (first === undefined || second === undefined) return points;
  let start = 0;
  while (start < beatsSeconds.length - 1) {
    let end = start + 1;
    while (end + 1 < beatsSeconds.length && straight(beatsSeconds, start, end + 1, toleranceSeconds)) end++;
    const seconds = beatsSeconds[start]!;
    const bpm = (60 * (end - start)) / (beatsSeconds[end]! - seconds);
    points.push({ seconds, tick: (beatsFromBar + start) * TICKS_PER_QUARTER, bpm });
    start = end;
  }
  if (beatsFromBar > 0) {
    const opening = points[0]!;
    points[0] = { seconds: opening.seconds - (beatsFromBar * 60) / opening.bpm, tick: 0, bpm: opening.bpm };
  }
  return points;
}

function straight(beats: readonly number[], start: number, end: number, tolerance: number): boolean {
  const period = (beats[end]! - beats[start]!) / (end - start);
  for (let i = start + 1; i < end; i++) {
    if (Math.abs(beats[start]! + (i - start) * period - beats[i]!) > tolerance) return false;
  }
  return true;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
