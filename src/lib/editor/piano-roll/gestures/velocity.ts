import type { NoteEvent } from '../../../core/notes';
import { replaceNotes, withVelocity, type Selection } from '../edit';
import type { Gesture, GestureContext, Outcome, PointerAt, Preview } from './gesture';

/** Notes within this distance of the pointer in the lane are meant. */
const REACH_PX = 6;

/**
 * Draws velocities in the lane under the notes: every note whose start the pointer passes gets the height of the pointer.
 * With a selection only selected notes change. `laneHeightPx` is the height that stands for 0-1.
 */
export function beginVelocity(context: GestureContext, laneHeightPx: number, from: PointerAt): Gesture {
  const { notes, index, selection, viewport } = context;
  const velocities = new Map<NoteEvent, number>();
  let last = from;

  function drag(to: PointerAt): void {
    const left = Math.min(last.x, to.x) - REACH_PX;
    const right = Math.max(last.x, to.x) + REACH_PX;
    for (const note of index.between(viewport.secondsOf(left), viewport.secondsOf(right))) {
      if (selection.size > 0 && !selection.has(note)) continue;
      const x = viewport.xOf(note.startSeconds);
      if (x < left || x > right) continue;
      const part = to.x === last.x ? 1 : Math.min(1, Math.max(0, (x - last.x) / (to.x - last.x)));
      velocities.set(note, 1 - (last.y + (to.y - last.y) * part) / laneHeightPx);
    }
    last = to;
  }

  const changed = (note: NoteEvent): NoteEvent => withVelocity(note, velocities.get(note) ?? note.velocity);

  drag(from);
  return {
    cursor: 'ns-resize',
    move(pointer): Preview {
      drag(pointer);
      const hidden: Selection = new Set(velocities.keys());
      const shown = [...hidden].map(changed);
      const kept = [...selection].filter((note) => !hidden.has(note));
      return { hidden, shown, ...(selection.size > 0 ? { selection: new Set([...kept, ...shown]) } : {}) };
    },
    end(pointer): Outcome {
      drag(pointer);
      if (velocities.size === 0) return {};
      const edit = replaceNotes(notes, new Set(velocities.keys()), changed);
      const kept = [...selection].filter((note) => !velocities.has(note));
      return {
        edit: {
          notes: edit.notes,
          selection: selection.size > 0 ? new Set([...kept, ...edit.selection]) : selection,
        },
      };
    },
  };
}
