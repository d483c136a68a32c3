import type { NoteEvent } from '../../../core/notes';
import { replaceNotes, resizedNote, type Selection } from '../edit';
import {
  travelBeats,
  type Gesture,
  type GestureContext,
  type Outcome,
  type PointerAt,
  type Preview,
} from './gesture';

/** Pulls one end of a note, and the same end of the rest of the selection by as much. */
export function beginResize(
  context: GestureContext,
  grabbed: NoteEvent,
  edge: 'start' | 'end',
  from: PointerAt,
): Gesture {
  const { notes, selection, grid } = context;
  const chosen: Selection = selection.has(grabbed) ? selection : new Set([grabbed]);
  const resize = (note: NoteEvent, beats: number): NoteEvent =>
    beats === 0 ? note : resizedNote(note, grid, edge, beats);

  return {
    cursor: 'ew-resize',
    move(pointer): Preview {
      const beats = travelBeats(context, from.x, pointer);
      const shown = [...chosen].map((note) => resize(note, beats));
      return { hidden: chosen, shown, selection: new Set(shown) };
    },
    end(pointer): Outcome {
      const beats = travelBeats(context, from.x, pointer);
      if (beats === 0) return { selection: chosen };
      const result = resize(grabbed, beats);
      const drawBeats =
        grid.beatAt(result.startSeconds + result.durationSeconds) - grid.beatAt(result.startSeconds);
      return { edit: replaceNotes(notes, chosen, (note) => resize(note, beats)), drawBeats };
    },
  };
}
