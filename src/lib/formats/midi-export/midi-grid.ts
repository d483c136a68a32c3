import { TICKS_PER_QUARTER } from '$lib/core/notes';
import { TempoMap, type TimeSignature, type TimeSignatureChange } from '$lib/core/tempo-map';
import type { BeatAnalysis } from '$lib/core/transcription';

/** The tempo track of an exported file: tick 0 is second 0 of the audio, bar lines fall on the downbeats. */
export interface MidiGrid {
  readonly tempos: readonly { readonly tick: number; readonly microsecondsPerQuarter: number }[];
  readonly timeSignatures: readonly TimeSignatureChange[];
  /** Seconds and ticks exactly as a reader of the file will compute them. */
  readonly tempoMap: TempoMap;
}

/** Lead-ins shorter than this are swallowed by the first beat: a pickup bar of milliseconds helps nobody. */
const SHORTEST_LEAD_IN_TICKS = 60;
const LEAD_IN_UNITS_TICKS = [960, 480, 240, 120] as const;
const MAX_MICROSECONDS = 0xff_ffff;

function ticksPerBar(signature: TimeSignature): number {
  return (signature.numerator * TICKS_PER_QUARTER * 4) / signature.denominator;
}

/**
 * Lays the tracked beats on MIDI ticks. Before the first beat a lead-in of whole beats (or a half, a quarter ...)
 * is stretched over the seconds that are there, and a pickup bar takes it up, so that the first tracked downbeat
 * starts a bar.
 */
export function midiGrid(beats: BeatAnalysis): MidiGrid {
  const source = beats.tempoMap.length > 0 ? TempoMap.fromPoints(beats.tempoMap) : TempoMap.constant(120);
  const firstBeatSeconds = Math.max(0, beats.beatsSeconds[0] ?? source.points[0]!.seconds);
  // The map is smoother than the beats: the anchor is its beat next to the first one heard.
  const beatTicks = (TICKS_PER_QUARTER * 4) / beats.timeSignature.denominator;
  let anchorTick = Math.round(source.secondsToTicks(firstBeatSeconds) / beatTicks) * beatTicks;
  if (source.ticksToSeconds(anchorTick) < 0) anchorTick += beatTicks;
  const anchorSeconds = source.ticksToSeconds(anchorTick);
  const leadTicks = leadInTicks(anchorTick - source.secondsToTicks(0));
  const shift = leadTicks - anchorTick;

  const points: { tick: number; seconds: number }[] = [{ tick: 0, seconds: 0 }];
  if (leadTicks > 0) points.push({ tick: leadTicks, seconds: anchorSeconds });
  const firstFree = leadTicks > 0 ? leadTicks : TICKS_PER_QUARTER;
  if (leadTicks === 0 && anchorSeconds > 0) {
    points.push({ tick: firstFree, seconds: source.ticksToSeconds(firstFree - shift) });
  }
  for (const point of source.points) {
    const tick = Math.round(point.tick + shift);
    if (tick > firstFree || (points.length === 1 && tick > 0)) points.push({ tick, seconds: point.seconds });
  }
  const lastSeconds = points.at(-1)!.seconds;
  const tempos = points.map((point, index) => {
    const next = points[index + 1];
    const quarterSeconds =
      next === undefined
        ? 60 / source.bpmAtSeconds(lastSeconds + 1e-6)
        : ((next.seconds - point.seconds) * TICKS_PER_QUARTER) / (next.tick - point.tick);
    const microseconds = Math.round(quarterSeconds * 1e6);
    return {
      tick: point.tick,
      microsecondsPerQuarter: Math.min(MAX_MICROSECONDS, Math.max(1, microseconds)),
    };
  });
  const distinct = tempos.filter(
    (tempo, index) => tempo.microsecondsPerQuarter !== tempos[index - 1]?.microsecondsPerQuarter,
  );
  const downbeatSeconds = beats.downbeatsSeconds[0] ?? anchorSeconds;
  const downbeatTick = Math.round(source.secondsToTicks(downbeatSeconds) + shift);
  return {
    tempos: distinct,
    timeSignatures: signatures(beats.timeSignature, downbeatTick),
    tempoMap: TempoMap.fromTicks(
      distinct.map(({ tick, microsecondsPerQuarter }) => ({ tick, bpm: 60e6 / microsecondsPerQuarter })),
    ),
  };
}

function leadInTicks(exactTicks: number): number {
  if (exactTicks < SHORTEST_LEAD_IN_TICKS) return 0;
  for (const unit of LEAD_IN_UNITS_TICKS) {
    const rounded = Math.round(exactTicks / unit) * unit;
    if (rounded > 0) return rounded;
  }
  return 0;
}

function signatures(signature: TimeSignature, downbeatTick: number): TimeSignatureChange[] {
  const bar = ticksPerBar(signature);
  const pickupTicks = ((downbeatTick % bar) + bar) % bar;
  for (const denominator of [4, 8, 16, 32]) {
    const unit = (TICKS_PER_QUARTER * 4) / denominator;
    const numerator = pickupTicks / unit;
    if (numerator >= 1 && Number.isInteger(numerator)) {
      return [
        { tick: 0, numerator, denominator },
        { tick: pickupTicks, ...signature },
      ];
    }
  }
  return [{ tick: 0, ...signature }];
}
