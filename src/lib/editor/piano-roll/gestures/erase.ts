import type { NoteEvent } from '../../../core/notes';
import { deleteNotes } from '../edit';
import {
  hitTest,
  type Gesture,
  type GestureContext,
  type Outcome,
  type PointerAt,
  type Preview,
} from './gesture';

/** Wipes away every note the pointer passes over; all of them are one change. */
export function beginErase(context: GestureContext, from: PointerAt): Gesture {
  const gone = new Set<NoteEvent>();
  let last = from;

  function wipe(to: PointerAt): void {
    const hops = Math.max(1, Math.ceil(Math.hypot(to.x - last.x, to.y - last.y) / 3));
    for (let hop = 0; hop <= hops; hop++) {
      const part = hop / hops;
      const hit = hitTest(context, {
        x: last.x + (to.x - last.x) * part,
        y: last.y + (to.y - last.y) * part,
      });
      if (hit !== undefined) gone.add(hit.note);
    }
    last = to;
  }

  wipe(from);
  return {
    cursor: 'not-allowed',
    move(pointer): Preview {
      wipe(pointer);
      return { hidden: new Set(gone), shown: [] };
    },
    end(pointer): Outcome {
      wipe(pointer);
      if (gone.size === 0) return {};
      const { notes } = deleteNotes(context.notes, gone);
      return {
        edit: { notes, selection: new Set([...context.selection].filter((note) => !gone.has(note))) },
      };
    },
  };
}
