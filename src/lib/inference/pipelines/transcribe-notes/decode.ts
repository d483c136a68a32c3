import { NOTES_HOP_SAMPLES, NOTES_SAMPLE_RATE_HZ } from '$lib/audio/dsp/notes-spectrum';
import { LOWEST_PITCH, PITCHES } from './activations';
import type { NoteActivations, NoteCandidate } from './activations';

export const FRAME_SECONDS = NOTES_HOP_SAMPLES / NOTES_SAMPLE_RATE_HZ;
const SHORTEST_SECONDS = 0.03;
/**
 * A pitch that still sounds and begins anew, softer by this much and not surely, was mostly the attack of another note whose
 * partials meet it (on 28 validation songs a fifth of such onsets were notes; two thirds of the others).
 */
const RESTRIKE_SOFTER = 0.1;
const RESTRIKE_SURE = 0.8;

/** Probabilities from which a peak counts as an onset and a frame as sounding. */
export interface NoteThresholds {
  readonly onset: number;
  readonly frame: number;
}

/** A note before its instrument is decided. */
export interface HeardNote {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** MIDI. */
  readonly pitch: number;
  readonly velocity: number;
  /** Probability of the onset. */
  readonly confidence: number;
  readonly classScores: Float32Array<ArrayBuffer>;
  /** What it was decoded from. */
  readonly candidate: NoteCandidate;
}

/**
 * The thresholds for a sensitivity 0-1: 0.5 is what was chosen on validation songs, 0 keeps only the surest notes,
 * 1 takes almost every candidate.
 */
export function thresholdsFor(sensitivity: number, chosen: NoteThresholds): NoteThresholds {
  const s = Math.min(1, Math.max(0, sensitivity));
  const mix = (a: number, b: number, t: number): number => (1 - t) * a + t * b;
  return s <= 0.5
    ? {
        onset: mix(0.93, chosen.onset, s * 2),
        frame: mix(Math.min(0.8, chosen.frame + 0.2), chosen.frame, s * 2),
      }
    : { onset: mix(chosen.onset, 0.12, s * 2 - 1), frame: mix(chosen.frame, chosen.frame * 0.5, s * 2 - 1) };
}

/** The frame in which a note stops: where two frames in a row are silent, or the pitch begins anew. */
function lastFrame(
  activations: NoteActivations,
  note: NoteCandidate,
  limit: number,
  threshold: number,
): number {
  const { frames } = activations;
  const sounds = (f: number): boolean => frames[f * PITCHES + note.pitchIndex]! / 255 >= threshold;
  let f = note.frame + 1;
  while (f < limit && (sounds(f) || (f + 1 < limit && sounds(f + 1)))) f++;
  return f;
}

/** The onsets above the threshold, without those that another note's attack seems to have caused. */
function onsetsOf(activations: NoteActivations, thresholds: NoteThresholds): NoteCandidate[] {
  const kept: NoteCandidate[] = [];
  for (const c of activations.candidates) {
    if (c.onset < thresholds.onset) continue;
    const before = kept.at(-1);
    const doubtful =
      before?.pitchIndex === c.pitchIndex &&
      c.onset < RESTRIKE_SURE &&
      c.velocity < before.velocity - RESTRIKE_SOFTER &&
      lastFrame(activations, before, c.frame, thresholds.frame) === c.frame;
    if (!doubtful) kept.push(c);
  }
  return kept;
}

/**
 * Onset peaks to notes: start at the centre of the peak, end where the frame probability falls or the pitch begins anew.
 * Ordered by start, then pitch.
 */
export function decodeNotes(activations: NoteActivations, thresholds: NoteThresholds): HeardNote[] {
  const { frameCount } = activations;
  const kept = onsetsOf(activations, thresholds);
  const notes = kept.map((note, k): HeardNote => {
    const following = kept[k + 1];
    const next = following?.pitchIndex === note.pitchIndex ? following : undefined;
    const limit = next?.frame ?? frameCount;
    const stop = lastFrame(activations, note, limit, thresholds.frame);
    const endFrames = next !== undefined && stop === limit ? next.centreFrames : stop - 0.5;
    const startSeconds = Math.max(0, note.centreFrames * FRAME_SECONDS);
    return {
      startSeconds,
      endSeconds: Math.max(startSeconds + SHORTEST_SECONDS, endFrames * FRAME_SECONDS),
      pitch: note.pitchIndex + LOWEST_PITCH,
      velocity: note.velocity,
      confidence: note.onset,
      classScores: note.classScores,
      candidate: note,
    };
  });
  return notes.sort((a, b) => a.startSeconds - b.startSeconds || a.pitch - b.pitch);
}
