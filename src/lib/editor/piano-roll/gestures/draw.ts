import type { NoteEvent } from '../../../core/notes';
import { compareNotes } from '../../../core/notes';
import type { Gesture, GestureContext, Outcome, PointerAt, Preview } from './gesture';

/** The note that a press at a point would make: on the grid step at the left of it, unless Alt is held. */
function noteAt(context: GestureContext, pointer: PointerAt, lengthBeats = context.drawBeats): NoteEvent {
  const { viewport, grid, rows, stepBeats, drawVelocity } = context;
  const at = Math.max(0, viewport.secondsOf(pointer.x));
  const snapped = rows.isDrum ? grid.snap(at, stepBeats) : grid.floor(at, stepBeats);
  const startSeconds = Math.max(0, pointer.alt ? at : snapped);
  const end = grid.secondsAt(grid.beatAt(startSeconds) + lengthBeats);
  return {
    startSeconds,
    durationSeconds: end - startSeconds,
    pitch: rows.pitchOfRow(viewport.rowOf(pointer.y)),
    velocity: drawVelocity,
    confidence: 1,
  };
}

/** Puts one note down; dragging to the right makes it longer. */
export function beginDraw(context: GestureContext, from: PointerAt): Gesture {
  const { notes, grid, rows, viewport, stepBeats, audition } = context;
  const first = noteAt(context, from);
  audition(first.pitch, first.velocity);

  function drawn(pointer: PointerAt): NoteEvent {
    if (rows.isDrum || Math.abs(pointer.x - from.x) < 6) return first;
    const at = viewport.secondsOf(pointer.x);
    const start = grid.beatAt(first.startSeconds);
    const end = pointer.alt ? grid.beatAt(at) : Math.ceil(grid.beatAt(at) / stepBeats - 1e-6) * stepBeats;
    const beats = Math.max(pointer.alt ? stepBeats / 8 : stepBeats, end - start);
    return { ...first, durationSeconds: grid.secondsAt(start + beats) - first.startSeconds };
  }

  return {
    cursor: 'crosshair',
    move(pointer): Preview {
      const note = drawn(pointer);
      return { shown: [note], selection: new Set([note]) };
    },
    end(pointer): Outcome {
      const note = drawn(pointer);
      const drawBeats =
        grid.beatAt(note.startSeconds + note.durationSeconds) - grid.beatAt(note.startSeconds);
      return {
        edit: { notes: [...notes, note].sort(compareNotes), selection: new Set([note]) },
        drawBeats,
      };
    },
  };
}

/** Lays a note on every grid step the pointer crosses that is still free. */
export function beginPaint(context: GestureContext, from: PointerAt): Gesture {
  const { notes, index, stepBeats, audition } = context;
  const painted: NoteEvent[] = [];

  function add(pointer: PointerAt): void {
    const note = noteAt({ ...context }, { ...pointer, alt: false }, stepBeats);
    const middle = note.startSeconds + note.durationSeconds / 2;
    const taken =
      index.at(middle, note.pitch) !== undefined ||
      painted.some(
        (other) => other.pitch === note.pitch && Math.abs(other.startSeconds - note.startSeconds) < 1e-6,
      );
    if (taken) return;
    painted.push(note);
    audition(note.pitch, note.velocity);
  }

  let last = from;
  /** A fast hand skips steps; the way between two events is walked. */
  function walk(to: PointerAt): void {
    const hops = Math.max(1, Math.ceil(Math.hypot(to.x - last.x, to.y - last.y) / 4));
    for (let hop = 1; hop <= hops; hop++) {
      const part = hop / hops;
      add({ ...to, x: last.x + (to.x - last.x) * part, y: last.y + (to.y - last.y) * part });
    }
    last = to;
  }

  add(from);
  return {
    cursor: 'crosshair',
    move(pointer): Preview {
      walk(pointer);
      return { shown: [...painted], selection: new Set(painted) };
    },
    end(pointer): Outcome {
      walk(pointer);
      if (painted.length === 0) return {};
      return { edit: { notes: [...notes, ...painted].sort(compareNotes), selection: new Set(painted) } };
    },
  };
}
