import { splitNote } from '../edit';
import { hitTest, type Gesture, type GestureContext, type Outcome, type PointerAt } from './gesture';

/** Cuts the note under the pointer in two, at the nearest grid step unless Alt is held. */
export function beginCut(context: GestureContext): Gesture {
  return {
    cursor: 'text',
    move: () => ({}),
    end(pointer: PointerAt): Outcome {
      const hit = hitTest(context, pointer);
      if (hit === undefined) return {};
      const at = context.viewport.secondsOf(pointer.x);
      const snapped = context.grid.snap(at, context.stepBeats);
      const inside =
        snapped > hit.note.startSeconds && snapped < hit.note.startSeconds + hit.note.durationSeconds;
      const edit = splitNote(context.notes, hit.note, pointer.alt || !inside ? at : snapped);
      return edit.notes === context.notes ? {} : { edit };
    },
  };
}
