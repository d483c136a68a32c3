import type { InstrumentGroup } from '../transcribe-notes/groups';
import type { ScoreNote } from './note-component';

/** The notes of every instrument that was heard, in one list. */
export function scoreNotes(
  instruments: readonly Pick<InstrumentGroup, 'family' | 'notes' | 'bassLikeness'>[],
): ScoreNote[] {
  return instruments.flatMap(({ family, notes, bassLikeness }, instrument) =>
    notes.map(({ startSeconds, durationSeconds, pitch }, k) => ({
      startSeconds,
      endSeconds: startSeconds + durationSeconds,
      pitch,
      instrument,
      isBass: family === 'bass',
      bassLikeness: bassLikeness[k]!,
    })),
  );
}
