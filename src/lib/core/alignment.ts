/** Between what was heard (seconds) and the grid (ticks). Everything is pure: a preview is a call, undo is the old list. */

import { isInKey } from './keys';
import { compareNotes, TICKS_PER_QUARTER, type NoteEvent, type PatternNote } from './notes';
import type { TempoMap } from './tempo-map';
import type { KeyEstimate } from './transcription';

/** Grids by name, in ticks. */
export const QUANTISE_GRIDS = {
  '1/4': TICKS_PER_QUARTER,
  '1/8': TICKS_PER_QUARTER / 2,
  '1/8T': TICKS_PER_QUARTER / 3,
  '1/16': TICKS_PER_QUARTER / 4,
  '1/16T': TICKS_PER_QUARTER / 6,
  '1/32': TICKS_PER_QUARTER / 8,
} as const;

export interface QuantiseOptions {
  readonly gridTicks: number;
  /** 0 leaves the notes, 1 puts them on the grid. */
  readonly strength: number;
  /** 0 straight, 1 triplet feel: every second grid line comes two thirds into its pair instead of half way. */
  readonly swing: number;
}

/**
 * Notes on the tick grid, each start and end at the nearest tick (less than half a millisecond away up to 240 bpm), so
 * that converting back gives the seconds that were heard. Notes before tick 0 keep negative ticks.
 */
export function toPatternNotes(notes: readonly NoteEvent[], map: TempoMap): PatternNote[] {
  return notes.map((note) => {
    const startTicks = Math.round(map.secondsToTicks(note.startSeconds));
    const endTicks = Math.round(map.secondsToTicks(note.startSeconds + note.durationSeconds));
    const { pitch, velocity } = note;
    return { startTicks, durationTicks: Math.max(1, endTicks - startTicks), pitch, velocity };
  });
}

/** Heard notes moved towards the grid; durations, bends and order of the list are kept. */
export function quantiseEvents(
  notes: readonly NoteEvent[],
  map: TempoMap,
  options: QuantiseOptions,
): NoteEvent[] {
  return notes.map((note) => {
    const ticks = map.secondsToTicks(note.startSeconds);
    return { ...note, startSeconds: map.ticksToSeconds(quantiseTicks(ticks, options)) };
  });
}

/** Composed notes moved towards the grid. */
export function quantisePattern(notes: readonly PatternNote[], options: QuantiseOptions): PatternNote[] {
  return notes.map((note) => ({ ...note, startTicks: Math.round(quantiseTicks(note.startTicks, options)) }));
}

/** One position moved towards the nearest line of a (swung) grid. */
export function quantiseTicks(ticks: number, { gridTicks, strength, swing }: QuantiseOptions): number {
  const pair = Math.floor(ticks / (2 * gridTicks)) * 2 * gridTicks;
  const offbeat = pair + gridTicks * (1 + swing / 3);
  const lines = [pair, offbeat, pair + 2 * gridTicks];
  const nearest = lines.reduce((best, line) =>
    Math.abs(line - ticks) < Math.abs(best - ticks) ? line : best,
  );
  return ticks + (nearest - ticks) * Math.min(1, Math.max(0, strength));
}

export interface CleanUpOptions {
  /** A prior, never a rule: a note outside of the key needs more confidence to stay. */
  readonly key?: KeyEstimate;
  /** One voice: lone jumps of an octave are folded back. */
  readonly singleLine?: boolean;
  /** 0 touches only what cannot be meant, 1 cleans hard; default 0.5. */
  readonly strength?: number;
}

/** A note that sounds with a stronger one at these distances may be only its overtone. */
const OVERTONES = [12, 19, 24, 28, 31];
const TOGETHER_SECONDS = 0.04;
const OUT_OF_KEY_PENALTY = 0.12;

/**
 * Without ghosts (overtones of stronger notes, blips), doubled notes and, on single lines, octave slips. Returns the
 * notes in order; the input is not changed.
 */
export function cleanUpNotes(notes: readonly NoteEvent[], options: CleanUpOptions = {}): NoteEvent[] {
  const strength = options.strength ?? 0.5;
  const inOrder = [...notes].sort(compareNotes);
  const folded = options.singleLine === true ? foldOctaves(inOrder, strength) : inOrder;
  const merged = mergeDoubles(folded);
  return merged.filter((note, i) => !isGhost(note, i, merged, options.key, strength));
}

function isGhost(
  note: NoteEvent,
  index: number,
  notes: readonly NoteEvent[],
  key: KeyEstimate | undefined,
  strength: number,
): boolean {
  const penalty =
    key !== undefined && !isInKey(note.pitch, key)
      ? OUT_OF_KEY_PENALTY * key.confidence * (0.5 + strength)
      : 0;
  const trust = note.confidence - penalty;
  const shortest = 0.03 + 0.04 * strength;
  if (note.durationSeconds < shortest && trust < 0.3 + 0.3 * strength) return true;
  if (trust < 0.1 * strength) return true;
  const end = note.startSeconds + note.durationSeconds;
  for (let i = index - 1; i >= 0; i--) {
    if (note.startSeconds - notes[i]!.startSeconds > TOGETHER_SECONDS) break;
    if (explains(notes[i]!, note, end, trust, strength)) return true;
  }
  for (let i = index + 1; i < notes.length; i++) {
    if (notes[i]!.startSeconds - note.startSeconds > TOGETHER_SECONDS) break;
    if (explains(notes[i]!, note, end, trust, strength)) return true;
  }
  return false;
}

/** Whether `upper` is no more than an overtone of `root`. */
function explains(root: NoteEvent, upper: NoteEvent, end: number, trust: number, strength: number): boolean {
  return (
    OVERTONES.includes(upper.pitch - root.pitch) &&
    upper.velocity < root.velocity * (0.3 + 0.3 * strength) &&
    trust < root.confidence * (0.5 + 0.3 * strength) &&
    end <= root.startSeconds + root.durationSeconds + TOGETHER_SECONDS
  );
}

/** Notes of one pitch that start together become one; overlapping ones end where the next begins. */
function mergeDoubles(notes: readonly NoteEvent[]): NoteEvent[] {
  const out: NoteEvent[] = [];
  const last = new Map<number, number>();
  for (const note of notes) {
    const index = last.get(note.pitch);
    const before = index === undefined ? undefined : out[index];
    if (index !== undefined && before !== undefined) {
      const gap = note.startSeconds - before.startSeconds;
      if (gap <= TOGETHER_SECONDS) {
        const louder = note.velocity > before.velocity ? note : before;
        const endSeconds = Math.max(
          before.startSeconds + before.durationSeconds,
          note.startSeconds + note.durationSeconds,
        );
        out[index] = {
          ...louder,
          startSeconds: before.startSeconds,
          durationSeconds: endSeconds - before.startSeconds,
          confidence: Math.max(note.confidence, before.confidence),
        };
        continue;
      }
      if (gap < before.durationSeconds) out[index] = { ...before, durationSeconds: gap };
    }
    last.set(note.pitch, out.length);
    out.push(note);
  }
  return out;
}

/** A doubtful note an octave (or two) away from both of its neighbours is moved to theirs. */
function foldOctaves(notes: readonly NoteEvent[], strength: number): NoteEvent[] {
  return notes.map((note, i) => {
    const before = notes[i - 1];
    const after = notes[i + 1];
    if (before === undefined || after === undefined) return note;
    const doubt = 0.4 + 0.4 * strength;
    if (note.confidence > doubt || note.confidence >= Math.min(before.confidence, after.confidence))
      return note;
    const centre = (before.pitch + after.pitch) / 2;
    if (Math.abs(before.pitch - after.pitch) > 7) return note;
    for (const shift of [-12, 12, -24, 24]) {
      if (Math.abs(note.pitch - centre) > 8 && Math.abs(note.pitch + shift - centre) <= 5) {
        return { ...note, pitch: note.pitch + shift };
      }
    }
    return note;
  });
}
