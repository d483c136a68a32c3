/** What was heard: a note on the time line of a recording. */
export interface NoteEvent {
  readonly startSeconds: number;
  readonly durationSeconds: number;
  /** MIDI pitch 0-127; on a drum track the General MIDI drum note. */
  readonly pitch: number;
  /** 0-1. */
  readonly velocity: number;
  /** 0-1: how sure the transcriber is; a note the user made has 1. */
  readonly confidence: number;
  /** Pitch deviation in cents at equally spaced points over the note, first to last. */
  readonly bendCents?: readonly number[];
}

/** What is composed: a note on a musical grid, {@link TICKS_PER_QUARTER} ticks a quarter. */
export interface PatternNote {
  readonly startTicks: number;
  readonly durationTicks: number;
  /** MIDI pitch 0-127. */
  readonly pitch: number;
  /** 0-1. */
  readonly velocity: number;
}

/** The only resolution inside LoopMind and in everything it exports. */
export const TICKS_PER_QUARTER = 960;

/** Velocity 0-1 to MIDI 1-127 (0 would mean note-off). */
export function toMidiVelocity(velocity: number): number {
  return Math.min(127, Math.max(1, Math.round(velocity * 127)));
}

/** Orders by start, then pitch: the order every exporter and editor expects. */
export function compareNotes(a: NoteEvent, b: NoteEvent): number {
  return a.startSeconds - b.startSeconds || a.pitch - b.pitch;
}
