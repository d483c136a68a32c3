/**
 * Notes from the outputs of Basic Pitch. Written from the published description (Bittner et al. 2022, section 2.3): notes
 * start at onset peaks and last while the note output stays up; what is left over becomes notes without an onset.
 */

import type { NoteEvent } from '$lib/core/notes';

export const PITCHES = 88;
const LOWEST_PITCH = 21;
/** 256 samples at 22.05 kHz. */
const BASIC_PITCH_FRAMES_PER_SECOND = 22_050 / 256;
const FULL = 255;
/** A note survives gaps of this many frames (about 130 ms). */
const GAP_FRAMES = 11;
/** An onset is also where the note output grows as much as the strongest onset does; frames to compare over. */
const RISE_FRAMES = 2;
const VELOCITY_GAIN = 1.15;

/** Chances as bytes (255 = 1), [frames, 88] from A0: small enough to keep for decoding again. */
export interface BasicPitchActivations {
  readonly frameCount: number;
  readonly note: Uint8Array<ArrayBuffer>;
  readonly onset: Uint8Array<ArrayBuffer>;
}

export interface BasicPitchThresholds {
  readonly onset: number;
  readonly frame: number;
  readonly shortestSeconds: number;
}

/** Thresholds at a sensitivity: 0.5 is as published, 0 keeps only the surest notes, 1 nearly everything. */
export function thresholdsAt(sensitivity: number, published: BasicPitchThresholds): BasicPitchThresholds {
  const offset = (0.5 - Math.min(1, Math.max(0, sensitivity))) * 2;
  return {
    onset: Math.min(0.9, Math.max(0.15, published.onset + 0.3 * offset)),
    frame: Math.min(0.8, Math.max(0.1, published.frame + 0.2 * offset)),
    shortestSeconds: published.shortestSeconds * (1 + 0.4 * offset),
  };
}

/** Notes in order of their starts. */
export function decodeBasicPitch(
  activations: BasicPitchActivations,
  thresholds: BasicPitchThresholds,
): NoteEvent[] {
  const { frameCount } = activations;
  const onset = withRises(activations);
  // What is not yet explained by a note.
  const left = Uint8Array.from(activations.note);
  const shortest = Math.max(2, Math.round(thresholds.shortestSeconds * BASIC_PITCH_FRAMES_PER_SECOND));
  const frameLevel = thresholds.frame * FULL;
  const notes: NoteEvent[] = [];
  const add = (start: number, end: number, key: number): void => {
    let sum = 0;
    for (let frame = start; frame < end; frame++) sum += activations.note[frame * PITCHES + key]! / FULL;
    const level = sum / (end - start);
    notes.push({
      startSeconds: start / BASIC_PITCH_FRAMES_PER_SECOND,
      durationSeconds: (end - start) / BASIC_PITCH_FRAMES_PER_SECOND,
      pitch: LOWEST_PITCH + key,
      velocity: Math.min(1, level * VELOCITY_GAIN),
      confidence: Math.min(1, level),
    });
  };
  // Last onset first, so that a note ends where the next one of its pitch begins.
  for (let frame = frameCount - 1; frame >= 0; frame--) {
    for (let key = 0; key < PITCHES; key++) {
      const here = onset[frame * PITCHES + key]!;
      if (here < thresholds.onset) continue;
      if (here < (onset[(frame - 1) * PITCHES + key] ?? 0)) continue;
      if (here <= (onset[(frame + 1) * PITCHES + key] ?? 0)) continue;
      const end = endOfNote(left, frame, key, frameLevel, frameCount);
      if (end - frame < shortest) continue;
      add(frame, end, key);
      explain(left, frame, end, key);
    }
  }
  // Sustained notes whose start was not heard.
  const starts: number[] = [];
  for (let i = 0; i < left.length; i++) if (left[i]! >= frameLevel) starts.push(i);
  starts.sort((a, b) => left[b]! - left[a]!);
  for (const index of starts) {
    if (left[index]! < frameLevel) continue;
    const key = index % PITCHES;
    const middle = (index - key) / PITCHES;
    const end = endOfNote(left, middle, key, frameLevel, frameCount);
    let start = middle;
    while (start > 0 && left[(start - 1) * PITCHES + key]! >= frameLevel) start--;
    explain(left, start, end, key);
    if (end - start >= shortest * 1.5) add(start, end, key);
  }
  return notes.sort((a, b) => a.startSeconds - b.startSeconds || a.pitch - b.pitch);
}

/** Onset chances, raised where the note output rises steeply although the onset output missed it. */
function withRises({ note, onset, frameCount }: BasicPitchActivations): Float32Array {
  const out = new Float32Array(frameCount * PITCHES);
  let strongestOnset = 0;
  let strongestRise = 0;
  for (let i = 0; i < out.length; i++) {
    strongestOnset = Math.max(strongestOnset, onset[i]! / FULL);
    out[i] = riseAt(note, i);
    strongestRise = Math.max(strongestRise, out[i]!);
  }
  const scale = strongestRise > 0 ? strongestOnset / strongestRise : 0;
  for (let i = 0; i < out.length; i++) out[i] = Math.max(onset[i]! / FULL, out[i]! * scale);
  return out;
}

/** The least growth over the last frames: a step up and not a flicker. */
function riseAt(note: Uint8Array, index: number): number {
  let least = Infinity;
  for (let back = 1; back <= RISE_FRAMES; back++) {
    const before = index - back * PITCHES;
    least = Math.min(least, (note[index]! - (before >= 0 ? note[before]! : FULL)) / FULL);
  }
  return Math.max(0, least);
}

function endOfNote(left: Uint8Array, start: number, key: number, level: number, frameCount: number): number {
  let gap = 0;
  let frame = start + 1;
  while (frame < frameCount && gap < GAP_FRAMES) {
    gap = left[frame * PITCHES + key]! < level ? gap + 1 : 0;
    frame++;
  }
  return frame - gap;
}

/** Takes the note, and its smear on the neighbouring pitches, out of what is left. */
function explain(left: Uint8Array, start: number, end: number, key: number): void {
  for (let frame = start; frame < end; frame++) {
    for (let near = Math.max(0, key - 1); near <= Math.min(PITCHES - 1, key + 1); near++) {
      left[frame * PITCHES + near] = 0;
    }
  }
}
