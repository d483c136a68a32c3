import type { NoteEvent } from '../../core/notes';
import { compareNotes } from '../../core/notes';
import type { BeatGrid } from './grid';

/** Shorter notes cannot be grasped any more. */
const MIN_DURATION_SECONDS = 0.02;

export type Selection = ReadonlySet<NoteEvent>;

export function selectionOf(notes: Iterable<NoteEvent>): Selection {
  return new Set(notes);
}

/** A changed document and the notes in it that should be selected. */
export interface Edit {
  readonly notes: readonly NoteEvent[];
  readonly selection: Selection;
}

/** Changes some notes; the rest keep their identity. */
export function replaceNotes(
  notes: readonly NoteEvent[],
  chosen: Selection,
  change: (note: NoteEvent) => NoteEvent | undefined,
): Edit {
  const selection = new Set<NoteEvent>();
  const result: NoteEvent[] = [];
  for (const note of notes) {
    const next = chosen.has(note) ? change(note) : note;
    if (next === undefined) continue;
    result.push(next);
    if (chosen.has(note)) selection.add(next);
  }
  return { notes: result.sort(compareNotes), selection };
}

/** A note that the user touched is certain. */
function touched(note: NoteEvent, change: Partial<NoteEvent>): NoteEvent {
  return { ...note, ...change, confidence: 1 };
}

/** Moves by beats, so that a phrase keeps its rhythm where the tempo moves. Nothing moves before 0 s. */
export function movedNote(
  note: NoteEvent,
  grid: BeatGrid,
  by: { readonly beats: number; readonly semitones: number },
): NoteEvent {
  if (by.beats === 0 && by.semitones === 0) return note;
  const pitch = Math.min(127, Math.max(0, note.pitch + by.semitones));
  if (by.beats === 0) return touched(note, { pitch });
  const start = grid.secondsAt(grid.beatAt(note.startSeconds) + by.beats);
  const end = grid.secondsAt(grid.beatAt(note.startSeconds + note.durationSeconds) + by.beats);
  const startSeconds = Math.max(0, start);
  return touched(note, { pitch, startSeconds, durationSeconds: Math.max(MIN_DURATION_SECONDS, end - start) });
}

/** Moves one end by beats; the other stays. */
export function resizedNote(
  note: NoteEvent,
  grid: BeatGrid,
  edge: 'start' | 'end',
  beats: number,
): NoteEvent {
  const end = note.startSeconds + note.durationSeconds;
  if (edge === 'end') {
    const moved = grid.secondsAt(grid.beatAt(end) + beats);
    return touched(note, { durationSeconds: Math.max(MIN_DURATION_SECONDS, moved - note.startSeconds) });
  }
  const moved = grid.secondsAt(grid.beatAt(note.startSeconds) + beats);
  const startSeconds = Math.min(end - MIN_DURATION_SECONDS, Math.max(0, moved));
  return touched(note, { startSeconds, durationSeconds: end - startSeconds });
}

export function withVelocity(note: NoteEvent, velocity: number): NoteEvent {
  return touched(note, { velocity: Math.min(1, Math.max(1 / 127, velocity)) });
}

export function deleteNotes(notes: readonly NoteEvent[], chosen: Selection): Edit {
  return replaceNotes(notes, chosen, () => undefined);
}

/** Copies placed right behind the selection: its length rounded up to whole steps. */
export function duplicateNotes(
  notes: readonly NoteEvent[],
  chosen: Selection,
  grid: BeatGrid,
  stepBeats: number,
): Edit {
  const picked = notes.filter((note) => chosen.has(note));
  if (picked.length === 0) return { notes, selection: chosen };
  const first = Math.min(...picked.map((note) => grid.beatAt(note.startSeconds)));
  const last = Math.max(...picked.map((note) => grid.beatAt(note.startSeconds + note.durationSeconds)));
  const start = Math.floor(first / stepBeats + 1e-3) * stepBeats;
  const beats = Math.max(stepBeats, Math.ceil((last - start) / stepBeats - 1e-3) * stepBeats);
  const copies = picked.map((note) => movedNote(note, grid, { beats, semitones: 0 }));
  return { notes: [...notes, ...copies].sort(compareNotes), selection: new Set(copies) };
}

/** Cuts one note in two at a moment inside it; both halves are selected. */
export function splitNote(notes: readonly NoteEvent[], note: NoteEvent, atSeconds: number): Edit {
  const left = atSeconds - note.startSeconds;
  const right = note.durationSeconds - left;
  if (left < MIN_DURATION_SECONDS || right < MIN_DURATION_SECONDS)
    return { notes, selection: new Set([note]) };
  // Bends describe the whole note; halves of them would need resampling, and a cut note is the user's own anyway.
  const plain: NoteEvent = {
    startSeconds: note.startSeconds,
    durationSeconds: left,
    pitch: note.pitch,
    velocity: note.velocity,
    confidence: 1,
  };
  const halves = [plain, { ...plain, startSeconds: atSeconds, durationSeconds: right }];
  const others = notes.filter((other) => other !== note);
  return { notes: [...others, ...halves].sort(compareNotes), selection: new Set(halves) };
}

export interface QuantiseOptions {
  /** Grid in beats: 0.25 is 1/16 where a beat is a quarter. */
  readonly stepBeats: number;
  /** 0 leaves everything, 1 puts it on the grid. */
  readonly strength: number;
  /** 0-1: how far every second step is late, 1 = a triplet feel's two thirds. */
  readonly swing: number;
}

/** Moves starts towards the grid; lengths in beats stay. */
export function quantiseNotes(
  notes: readonly NoteEvent[],
  chosen: Selection,
  grid: BeatGrid,
  options: QuantiseOptions,
): Edit {
  const { stepBeats, strength, swing } = options;
  return replaceNotes(notes, chosen, (note) => {
    const beat = grid.beatAt(note.startSeconds);
    const step = Math.round(beat / stepBeats);
    const late = step % 2 === 0 ? 0 : (swing * stepBeats) / 3;
    const beats = (step * stepBeats + late - beat) * strength;
    return Math.abs(beats) < 1e-9
      ? note
      : { ...movedNote(note, grid, { beats, semitones: 0 }), confidence: note.confidence };
  });
}
