import type { InstrumentFamily } from '$lib/core/instruments';
import type { NoteEvent } from '$lib/core/notes';
import type { ScoreNote } from './note-component';

/** The notes of every instrument that was heard, in one list. */
export function scoreNotes(
  instruments: readonly { readonly family: InstrumentFamily; readonly notes: readonly NoteEvent[] }[],
): ScoreNote[] {
  return instruments.flatMap(({ family, notes }, instrument) =>
    notes.map(({ startSeconds, durationSeconds, pitch }) => ({
      startSeconds,
      endSeconds: startSeconds + durationSeconds,
      pitch,
      instrument,
      isBass: family === 'bass',
    })),
  );
}
