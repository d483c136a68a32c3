import type { NoteEvent } from '../../../core/notes';
import { movedNote, replaceNotes, type Edit, type Selection } from '../edit';
import {
  travelBeats,
  type Gesture,
  type GestureContext,
  type Outcome,
  type PointerAt,
  type Preview,
} from './gesture';

/** Drags a note, and with it the selection it belongs to, by grid steps and rows. Ctrl drags a copy. */
export function beginMove(context: GestureContext, grabbed: NoteEvent, from: PointerAt): Gesture {
  const { notes, selection, viewport, rows, grid, audition } = context;
  const inSelection = selection.has(grabbed);
  const chosen: Selection = inSelection ? selection : new Set([grabbed]);
  const fromRow = viewport.rowOf(from.y);
  let lastPitch = grabbed.pitch;
  audition(grabbed.pitch, grabbed.velocity);

  function shift(note: NoteEvent, beats: number, rowsDown: number): NoteEvent {
    const row = Math.min(rows.count - 1, Math.max(0, rows.rowOfPitch(note.pitch) + rowsDown));
    return movedNote(note, grid, { beats, semitones: rows.pitchOfRow(row) - note.pitch });
  }

  function travel(pointer: PointerAt): { beats: number; rowsDown: number } {
    const still = Math.hypot(pointer.x - from.x, pointer.y - from.y) < 3;
    if (still) return { beats: 0, rowsDown: 0 };
    return { beats: travelBeats(context, from.x, pointer), rowsDown: viewport.rowOf(pointer.y) - fromRow };
  }

  function copied(beats: number, rowsDown: number): Edit {
    const copies = [...chosen].map((note) => shift(note, beats, rowsDown));
    return { notes: [...notes, ...copies], selection: new Set(copies) };
  }

  return {
    cursor: 'grabbing',
    move(pointer): Preview {
      const { beats, rowsDown } = travel(pointer);
      const shown = [...chosen].map((note) => shift(note, beats, rowsDown));
      const pitch = shift(grabbed, beats, rowsDown).pitch;
      if (pitch !== lastPitch) audition(pitch, grabbed.velocity);
      lastPitch = pitch;
      return { shown, selection: new Set(shown), ...(pointer.ctrl ? {} : { hidden: chosen }) };
    },
    end(pointer): Outcome {
      const { beats, rowsDown } = travel(pointer);
      if (beats === 0 && rowsDown === 0) return clicked(pointer);
      if (pointer.ctrl) return { edit: copied(beats, rowsDown) };
      return { edit: replaceNotes(notes, chosen, (note) => shift(note, beats, rowsDown)) };
    },
  };

  function clicked(pointer: PointerAt): Outcome {
    if (!pointer.shift && !pointer.ctrl) return { selection: inSelection ? selection : new Set([grabbed]) };
    const next = new Set(selection);
    if (inSelection) next.delete(grabbed);
    else next.add(grabbed);
    return { selection: next };
  }
}
