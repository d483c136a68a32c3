/** From note spans to notes: repeated notes split at new attacks, exact starts, velocities and bends. */

import type { NoteEvent } from '$lib/core/notes';
import { LEVELS_PER_FRAME, LINE_FRAMES_PER_SECOND } from './frames';
import type { PitchTrack } from './pitch-track';
import { segmentNotes, type NoteSpan } from './segment';

/** All that is kept of a line, so that its notes can be found again without the network. */
export interface LineTrack extends PitchTrack {
  /** dB every 5 ms, {@link LEVELS_PER_FRAME} a frame. */
  readonly levels: Float32Array<ArrayBuffer>;
}

export interface LineDecodeOptions {
  /** 0 only the surest notes, 0.5 as chosen for voices, 1 everything. */
  readonly sensitivity: number;
  readonly pitchBends: boolean;
}

const LEVELS_PER_SECOND = LEVELS_PER_FRAME * LINE_FRAMES_PER_SECOND;
/** Voicing thresholds at sensitivity 0, 0.5 and 1. */
const VOICING = [0.75, 0.45, 0.15] as const;
/** Shorter notes are slips between two others. */
const SHORTEST_SECONDS = [0.14, 0.08, 0.05] as const;
/** A rise of the level by this much (dB) after a dip is a new attack on the same pitch. */
const ATTACK_RISE_DB = 5;
const ATTACK_WINDOW_SECONDS = 0.06;
/** A new attack needs this much of its note before and after it. */
const ATTACK_DISTANCE_SECONDS = 0.09;
const BEND_POINTS_PER_SECOND = 25;
const VELOCITY_RANGE_DB = 30;

/** Notes of a line, in order, never overlapping. */
export function decodeLine(track: LineTrack, options: LineDecodeOptions): NoteEvent[] {
  const voicingThreshold = between(VOICING, options.sensitivity);
  const shortest = between(SHORTEST_SECONDS, options.sensitivity);
  const spans = segmentNotes(track, { voicingThreshold, changeCost: 5, onsetCost: 2.5 });
  const tuning = tuningOf(track, spans);
  const loud = percentile(track.levels, 0.97);
  const notes: NoteEvent[] = [];
  for (const span of spans.flatMap((each) => splitAtAttacks(each, track))) {
    const startSeconds = attackSeconds(span, track, notes.at(-1));
    const endSeconds = span.endFrame / LINE_FRAMES_PER_SECOND;
    if (endSeconds - startSeconds < shortest) continue;
    const centre = medianPitch(track, span);
    const pitch = Math.round(centre - tuning);
    if (pitch < 0 || pitch > 127) continue;
    notes.push({
      startSeconds,
      durationSeconds: endSeconds - startSeconds,
      pitch,
      velocity: velocityOf(span, track, loud),
      confidence: meanConfidence(track, span),
      ...(options.pitchBends ? { bendCents: bendOf(track, span, pitch) } : {}),
    });
  }
  return notes;
}

/** Linear between the values at 0, 0.5 and 1. */
function between([low, middle, high]: readonly [number, number, number], at: number): number {
  const clamped = Math.min(1, Math.max(0, at));
  return clamped < 0.5 ? low + (middle - low) * clamped * 2 : middle + (high - middle) * (clamped - 0.5) * 2;
}

/** How far (semitones, within half of one) the line as a whole lies from A = 440 Hz. */
function tuningOf(track: LineTrack, spans: readonly NoteSpan[]): number {
  let re = 0;
  let im = 0;
  for (const span of spans) {
    const centre = medianPitch(track, span);
    const weight = span.endFrame - span.startFrame;
    re += weight * Math.cos(2 * Math.PI * centre);
    im += weight * Math.sin(2 * Math.PI * centre);
  }
  let total = 0;
  for (const span of spans) total += span.endFrame - span.startFrame;
  // Free singing has no common tuning: only a clear one is taken off.
  return Math.hypot(re, im) > 0.4 * total ? Math.atan2(im, re) / (2 * Math.PI) : 0;
}

/** The span cut where the level falls and rises again, as a repeated syllable or a re-struck key does. */
function splitAtAttacks(span: NoteSpan, track: LineTrack): NoteSpan[] {
  const { levels } = track;
  const window = Math.round(ATTACK_WINDOW_SECONDS * LEVELS_PER_SECOND);
  const distance = Math.round(ATTACK_DISTANCE_SECONDS * LEVELS_PER_SECOND);
  const first = span.startFrame * LEVELS_PER_FRAME;
  const end = span.endFrame * LEVELS_PER_FRAME;
  const cuts: number[] = [];
  for (let i = first + distance; i < end - distance; i++) {
    const here = levels[i]!;
    // The bottom of a dip ...
    if (here > levels[i - 1]! || here >= levels[i + 1]!) continue;
    let before = -Infinity;
    let after = -Infinity;
    for (let k = 1; k <= window; k++) {
      before = Math.max(before, levels[i - k] ?? -Infinity);
      after = Math.max(after, levels[i + k] ?? -Infinity);
    }
    // ... that is left upwards quickly; the way down may be slow.
    if (after - here < ATTACK_RISE_DB || before - here < ATTACK_RISE_DB * 0.4) continue;
    const last = cuts.at(-1);
    if (last !== undefined && i - last < distance) continue;
    cuts.push(i);
  }
  const spans: NoteSpan[] = [];
  let startFrame = span.startFrame;
  for (const cut of cuts) {
    const endFrame = Math.round(cut / LEVELS_PER_FRAME);
    if (endFrame - startFrame < 3 || span.endFrame - endFrame < 3) continue;
    spans.push({ ...span, startFrame, endFrame });
    startFrame = endFrame;
  }
  return [...spans, { ...span, startFrame }];
}

/** Start to 5 ms: where the level rises fastest around the first frame, if it rises at all. */
function attackSeconds(span: NoteSpan, { levels }: LineTrack, before: NoteEvent | undefined): number {
  const centre = span.startFrame * LEVELS_PER_FRAME;
  let best = centre;
  let rise = 3;
  for (let i = centre - 8; i <= centre + 8; i++) {
    const change = (levels[i + 2] ?? -100) - (levels[i - 2] ?? -100);
    if (change > rise) {
      rise = change;
      best = i;
    }
  }
  const earliest = before === undefined ? 0 : before.startSeconds + before.durationSeconds;
  return Math.max(earliest, best / LEVELS_PER_SECOND);
}

function medianPitch(track: PitchTrack, span: NoteSpan): number {
  const heard: number[] = [];
  for (let i = span.startFrame; i < span.endFrame; i++) {
    if (track.confidence[i]! > 0) heard.push(track.pitch[i]!);
  }
  if (heard.length === 0) return span.pitch;
  heard.sort((a, b) => a - b);
  return heard[heard.length >> 1]!;
}

function meanConfidence(track: PitchTrack, span: NoteSpan): number {
  let sum = 0;
  for (let i = span.startFrame; i < span.endFrame; i++) sum += track.confidence[i]!;
  return Math.min(1, sum / Math.max(1, span.endFrame - span.startFrame));
}

/** The loudest 50 ms after the start, relative to the loud notes of the line. */
function velocityOf(span: NoteSpan, { levels }: LineTrack, loud: number): number {
  const first = span.startFrame * LEVELS_PER_FRAME;
  const until = Math.min(span.endFrame * LEVELS_PER_FRAME, first + Math.round(0.25 * LEVELS_PER_SECOND));
  let most = -Infinity;
  for (let i = first; i < until; i++) most = Math.max(most, levels[i]!);
  const velocity = 0.9 + ((most - loud) / VELOCITY_RANGE_DB) * 0.7;
  return Math.min(1, Math.max(0.15, velocity));
}

/** Deviation from the tempered pitch (A = 440 Hz) in cents at equal steps, first frame to last; silence holds. */
function bendOf(track: PitchTrack, span: NoteSpan, pitch: number): number[] {
  const frames = span.endFrame - span.startFrame;
  const points = Math.max(2, Math.round((frames / LINE_FRAMES_PER_SECOND) * BEND_POINTS_PER_SECOND));
  const bend: number[] = [];
  let held = 0;
  for (let n = 0; n < points; n++) {
    const frame = span.startFrame + Math.round((n * (frames - 1)) / (points - 1));
    if (track.confidence[frame]! > 0) {
      held = Math.round(Math.min(200, Math.max(-200, 100 * (track.pitch[frame]! - pitch))));
    }
    bend.push(held);
  }
  return bend;
}

function percentile(values: Float32Array, share: number): number {
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}
