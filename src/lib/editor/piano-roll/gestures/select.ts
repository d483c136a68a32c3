import type { Gesture, GestureContext, Outcome, PointerAt, Preview } from './gesture';
import type { Selection } from '../edit';

/** Draws a box over empty space; what it touches is selected. Shift adds to the selection, a click alone clears it. */
export function beginMarquee(context: GestureContext, from: PointerAt): Gesture {
  const { viewport, rows, index, selection } = context;

  function boxed(pointer: PointerAt): Selection {
    const rowA = viewport.rowOf(Math.min(from.y, pointer.y));
    const rowB = viewport.rowOf(Math.max(from.y, pointer.y));
    const startSeconds = viewport.secondsOf(Math.min(from.x, pointer.x));
    const endSeconds = viewport.secondsOf(Math.max(from.x, pointer.x));
    const found = index.between(startSeconds, endSeconds).filter((note) => {
      const row = rows.rowOfPitch(note.pitch);
      return row >= rowA && row <= rowB;
    });
    return new Set(from.shift ? [...selection, ...found] : found);
  }

  const dragged = (pointer: PointerAt): boolean => Math.hypot(pointer.x - from.x, pointer.y - from.y) >= 4;

  return {
    cursor: 'crosshair',
    move(pointer): Preview {
      if (!dragged(pointer)) return {};
      return {
        marquee: {
          x: Math.min(from.x, pointer.x),
          y: Math.min(from.y, pointer.y),
          width: Math.abs(pointer.x - from.x),
          height: Math.abs(pointer.y - from.y),
        },
        selection: boxed(pointer),
      };
    },
    end(pointer): Outcome {
      if (dragged(pointer)) return { selection: boxed(pointer) };
      return { selection: from.shift ? selection : new Set() };
    },
  };
}
