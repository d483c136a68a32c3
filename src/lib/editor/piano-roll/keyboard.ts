import type { NoteEvent } from '../../core/notes';
import { deleteNotes, duplicateNotes, movedNote, replaceNotes, type Edit, type Selection } from './edit';
import type { Tool } from './gestures/gesture';
import type { BeatGrid } from './grid';
import type { RowAxis } from './rows';

/** What a key means; undefined where the editor leaves it to the page. */
export type EditorCommand =
  | { readonly kind: 'move'; readonly steps: number; readonly rows: number; readonly large: boolean }
  | { readonly kind: 'tool'; readonly tool: Tool }
  | {
      readonly kind:
        'delete' | 'select-all' | 'duplicate' | 'zoom-selection' | 'escape' | 'next' | 'previous';
    }
  | { readonly kind: 'zoom'; readonly factor: number };

export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const TOOLS: Readonly<Record<string, Tool>> = { p: 'draw', b: 'paint', d: 'delete', c: 'cut', e: 'select' };

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Keys of `ux.md`; Ctrl+Z and the transport are the page's. */
export function commandOf(press: KeyPress): EditorCommand | undefined {
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  if (press.ctrlKey || press.metaKey) {
    if (press.shiftKey || press.altKey) return undefined;
    if (key === 'a') return { kind: 'select-all' };
    if (key === 'd' || key === 'b') return { kind: 'duplicate' };
    return undefined;
  }
  if (press.altKey) return undefined;
  const arrow = ARROWS[key];
  if (arrow !== undefined) return { kind: 'move', steps: arrow[0], rows: arrow[1], large: press.shiftKey };
  if (key === 'Delete' || key === 'Backspace') return { kind: 'delete' };
  if (key === 'Escape') return { kind: 'escape' };
  if (key === 'z' && !press.shiftKey) return { kind: 'zoom-selection' };
  if (key === '+' || key === '=') return { kind: 'zoom', factor: 1.5 };
  if (key === '-') return { kind: 'zoom', factor: 1 / 1.5 };
  if (key === '.' && !press.shiftKey) return { kind: 'next' };
  if (key === ',' && !press.shiftKey) return { kind: 'previous' };
  const tool = TOOLS[key];
  return tool === undefined || press.shiftKey ? undefined : { kind: 'tool', tool };
}

export interface KeyboardContext {
  readonly notes: readonly NoteEvent[];
  readonly selection: Selection;
  readonly grid: BeatGrid;
  readonly rows: RowAxis;
  readonly stepBeats: number;
}

/** The change a command makes in the document; undefined where it makes none. */
export function applyCommand(context: KeyboardContext, command: EditorCommand): Edit | undefined {
  const { notes, selection, grid, rows, stepBeats } = context;
  if (selection.size === 0) return undefined;
  if (command.kind === 'delete') return deleteNotes(notes, selection);
  if (command.kind === 'duplicate') return duplicateNotes(notes, selection, grid, stepBeats);
  if (command.kind !== 'move') return undefined;
  const first = [...selection].reduce((a, b) => (a.startSeconds <= b.startSeconds ? a : b));
  const beats = command.steps * (command.large ? grid.beatsPerBarAt(first.startSeconds) : stepBeats);
  const rowsDown = command.rows * (command.large && !rows.isDrum ? 12 : 1);
  const chosenRows = [...selection].map((note) => rows.rowOfPitch(note.pitch));
  // A chord that would be squashed against the edge of the axis stays where it is.
  if (Math.min(...chosenRows) + rowsDown < 0 || Math.max(...chosenRows) + rowsDown >= rows.count)
    return undefined;
  const earliest = grid.secondsAt(grid.beatAt(first.startSeconds) + beats);
  if (earliest < -1e-6) return undefined;
  return replaceNotes(notes, selection, (note) =>
    movedNote(note, grid, {
      beats,
      semitones: rowsDown === 0 ? 0 : rows.pitchOfRow(rows.rowOfPitch(note.pitch) + rowsDown) - note.pitch,
    }),
  );
}

/** The note after (or before) the selection in time: how a keyboard walks through a document. */
export function neighbour(
  notes: readonly NoteEvent[],
  selection: Selection,
  direction: 1 | -1,
): NoteEvent | undefined {
  if (notes.length === 0) return undefined;
  let edge = -1;
  notes.forEach((note, i) => {
    if (selection.has(note) && (edge < 0 || direction > 0)) edge = i;
  });
  if (edge < 0) return direction > 0 ? notes[0] : notes.at(-1);
  return notes[Math.min(notes.length - 1, Math.max(0, edge + direction))];
}

/** "3 notes, C4 to G4, bars 2 to 3": what a screen reader hears. */
export function describeSelection(selection: Selection, grid: BeatGrid, rows: RowAxis): string {
  if (selection.size === 0) return 'No notes selected';
  const notes = [...selection];
  const low = Math.min(...notes.map((note) => note.pitch));
  const high = Math.max(...notes.map((note) => note.pitch));
  const first = grid.barBeatAt(Math.min(...notes.map((note) => note.startSeconds)));
  const last = grid.barBeatAt(Math.max(...notes.map((note) => note.startSeconds)));
  const word = rows.isDrum ? 'hit' : 'note';
  const count = `${notes.length} ${notes.length === 1 ? word : `${word}s`}`;
  const pitches = low === high ? rows.label(low) : `${rows.label(low)} to ${rows.label(high)}`;
  const place =
    first.bar === last.bar
      ? `bar ${first.bar}, beat ${Math.floor(first.beat + 1e-3)}`
      : `bars ${first.bar} to ${last.bar}`;
  return `${count} selected, ${pitches}, ${place}`;
}
