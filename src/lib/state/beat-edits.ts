import type { BeatAnalysis } from '$lib/core/transcription';
import { TICKS_PER_QUARTER } from '$lib/core/notes';
import { TempoMap, type TempoPoint, type TimeSignature } from '$lib/core/tempo-map';

/** Beats and bars as a tempo map lays them, from 0 s to the end; tick 0 starts a bar. */
function beatsOf(
  points: readonly TempoPoint[],
  timeSignature: TimeSignature,
  durationSeconds: number,
): { beatsSeconds: number[]; downbeatsSeconds: number[] } {
  const map = TempoMap.fromPoints(points);
  const beatTicks = (TICKS_PER_QUARTER * 4) / timeSignature.denominator;
  const beatsSeconds: number[] = [];
  const downbeatsSeconds: number[] = [];
  const first = Math.ceil(map.secondsToTicks(0) / beatTicks - 1e-6);
  for (let beat = first; ; beat++) {
    const seconds = Math.max(0, map.ticksToSeconds(beat * beatTicks));
    if (seconds >= durationSeconds) return { beatsSeconds, downbeatsSeconds };
    beatsSeconds.push(seconds);
    if (beat % timeSignature.numerator === 0) downbeatsSeconds.push(seconds);
  }
}

function withMap(
  beats: BeatAnalysis,
  change: {
    tempoMap?: readonly TempoPoint[];
    timeSignature?: TimeSignature;
    bpm?: number;
    constant?: boolean;
  },
  durationSeconds: number,
): BeatAnalysis {
  const next = { ...beats, ...change, confidence: 1 };
  return { ...next, ...beatsOf(next.tempoMap, next.timeSignature, durationSeconds) };
}

/** Half or double time: the same pulse, counted otherwise. */
export function scaleTempo(beats: BeatAnalysis, factor: number, durationSeconds: number): BeatAnalysis {
  const tempoMap = beats.tempoMap.map((point) => ({
    seconds: point.seconds,
    tick: Math.round(point.tick * factor),
    bpm: point.bpm * factor,
  }));
  return withMap(beats, { tempoMap, bpm: beats.bpm * factor }, durationSeconds);
}

/** One tempo throughout; the first bar stays where it is. */
export function setConstantTempo(beats: BeatAnalysis, bpm: number, durationSeconds: number): BeatAnalysis {
  const originSeconds = beats.tempoMap[0]?.seconds ?? 0;
  const tempoMap = TempoMap.constant(bpm, originSeconds).points;
  return withMap(beats, { tempoMap, bpm, constant: true }, durationSeconds);
}

export function setTimeSignature(
  beats: BeatAnalysis,
  timeSignature: TimeSignature,
  durationSeconds: number,
): BeatAnalysis {
  return withMap(beats, { timeSignature }, durationSeconds);
}

/** The bar starts `count` beats later (negative: earlier). */
export function shiftBars(beats: BeatAnalysis, count: number, durationSeconds: number): BeatAnalysis {
  const map = TempoMap.fromPoints(beats.tempoMap);
  const beatTicks = (TICKS_PER_QUARTER * 4) / beats.timeSignature.denominator;
  const barTicks = beatTicks * beats.timeSignature.numerator;
  // Whole bars change nothing but the bar numbers: keep the origin as early as it may be.
  let originTick = count * beatTicks;
  if (map.ticksToSeconds(originTick) >= map.points[0]!.seconds + barSeconds(map, barTicks))
    originTick -= barTicks;
  if (map.ticksToSeconds(originTick) < 0) originTick += barTicks;
  const origin: TempoPoint = {
    seconds: map.ticksToSeconds(originTick),
    tick: 0,
    bpm: map.bpmAtSeconds(map.ticksToSeconds(originTick)),
  };
  const later = map.points
    .filter((point) => point.tick > originTick)
    .map((point) => ({ ...point, tick: point.tick - originTick }));
  return withMap(beats, { tempoMap: [origin, ...later] }, durationSeconds);
}

function barSeconds(map: TempoMap, barTicks: number): number {
  return map.ticksToSeconds(barTicks) - map.ticksToSeconds(0);
}
