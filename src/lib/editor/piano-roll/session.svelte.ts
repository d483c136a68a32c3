import type { NoteEvent } from '../../core/notes';
import { replaceNotes, selectionOf, withVelocity, type Selection } from './edit';
import { beginGesture, hoverCursor, type Press } from './gestures/choose';
import {
  hitTest,
  type Gesture,
  type GestureContext,
  type Outcome,
  type PointerAt,
  type Preview,
  type Tool,
} from './gestures/gesture';
import { pinchedViewport } from './gestures/pan';
import { beginMarquee } from './gestures/select';
import { beginVelocity } from './gestures/velocity';
import type { BeatGrid } from './grid';
import { applyCommand, describeSelection, neighbour, type EditorCommand } from './keyboard';
import { NoteIndex } from './note-index';
import type { RowAxis } from './rows';
import { MAX_ROW_HEIGHT_PX, Viewport } from './viewport';

/** What an editing session reads from its component and tells it. */
export interface SessionInput {
  readonly notes: readonly NoteEvent[];
  readonly selection: Selection;
  readonly grid: BeatGrid;
  readonly rows: RowAxis;
  readonly durationSeconds: number;
  readonly onCommit: (notes: readonly NoteEvent[]) => void;
  readonly onSelect: (selection: Selection) => void;
  readonly onAudition: (pitch: number, velocity: number) => void;
}

const LONG_PRESS_MS = 380;
const WHEEL_COMMIT_MS = 300;
const MAX_FIRST_BARS = 8;
/** Narrower bars are hard to edit in. */
const FIRST_BAR_PX = 130;

/** The state of one open editor: view, tool, and the gesture under way. Gestures preview here and commit once. */
export class EditorSession {
  viewport = $state.raw(
    new Viewport({
      startSeconds: 0,
      pixelsPerSecond: 80,
      topRow: 0,
      rowHeightPx: 12,
      widthPx: 0,
      heightPx: 0,
      durationSeconds: 1,
      rowCount: 1,
    }),
  );
  tool = $state<Tool>('select');
  /** Grid step in beats the user chose; null follows the zoom. */
  chosenStepBeats = $state<number | null>(null);
  /** What is drawn behind the notes. */
  backdrop = $state<'wave' | 'spectrogram' | 'none'>('wave');
  preview = $state.raw<Preview>({});
  cursor = $state('default');

  readonly #read: () => SessionInput;
  readonly index = $derived.by(() => new NoteIndex(this.#read().notes));
  readonly stepBeats = $derived.by(() => {
    const { startSeconds, pixelsPerSecond } = this.viewport.state;
    const middle = (startSeconds + this.viewport.endSeconds) / 2;
    return this.chosenStepBeats ?? this.#read().grid.stepBeatsFor(pixelsPerSecond, middle);
  });
  readonly selection = $derived.by(() => this.preview.selection ?? this.#read().selection);
  readonly announcement = $derived.by(() => {
    const { selection, grid, rows } = this.#read();
    return describeSelection(selection, grid, rows);
  });

  #gesture: Gesture | undefined;
  #drawBeats = 1;
  #drawVelocity = 0.8;
  #longPress: ReturnType<typeof setTimeout> | undefined;
  #pinch: { context: GestureContext; from: readonly [PointerAt, PointerAt] } | undefined;
  #wheelVelocity:
    { note: NoteEvent; chosen: Selection; change: number; timer: ReturnType<typeof setTimeout> } | undefined;
  #lastWheelMs = 0;
  #fitted = false;

  constructor(read: () => SessionInput) {
    this.#read = read;
  }

  get isBusy(): boolean {
    return this.#gesture !== undefined || this.#pinch !== undefined;
  }

  /** Tells the session how large its canvas is; the first time everything interesting is fitted into it. */
  resize(widthPx: number, heightPx: number): void {
    const { durationSeconds, rows } = this.#read();
    if (widthPx < 1 || heightPx < 1) return;
    const before = this.viewport.state;
    // What was in the middle stays there.
    const topRow = before.topRow + (before.heightPx - heightPx) / (2 * before.rowHeightPx);
    this.viewport = this.viewport.with({ widthPx, heightPx, durationSeconds, rowCount: rows.count, topRow });
    if (rows.isDrum) {
      const rowHeightPx = Math.min(MAX_ROW_HEIGHT_PX, Math.max(18, heightPx / rows.count));
      this.viewport = this.viewport.with({ rowHeightPx });
    }
    if (this.#fitted) return;
    this.#fitted = true;
    this.fitAll();
  }

  /** Shows the first bars of the recording, and all pitches that occur. */
  fitAll(): void {
    const { notes, grid, rows, durationSeconds } = this.#read();
    const barCount = Math.min(
      MAX_FIRST_BARS,
      Math.max(2, Math.floor(this.viewport.state.widthPx / FIRST_BAR_PX)),
    );
    const bars = grid.secondsAt(grid.beatsPerBarAt(0) * barCount) - grid.secondsAt(0);
    const endSeconds = Math.min(durationSeconds, Math.max(2, bars));
    this.viewport = this.viewport.fit({ startSeconds: 0, endSeconds, ...rowRange(notes, rows) });
  }

  zoomToSelection(): void {
    const { selection, notes, rows } = this.#read();
    const chosen = selection.size > 0 ? [...selection] : notes;
    if (chosen.length === 0) return;
    const startSeconds = chosen.reduce((least, note) => Math.min(least, note.startSeconds), Infinity);
    const endSeconds = chosen.reduce(
      (most, note) => Math.max(most, note.startSeconds + note.durationSeconds),
      0,
    );
    this.viewport = this.viewport.fit({ startSeconds, endSeconds, ...rowRange(chosen, rows) });
  }

  zoomBy(factor: number): void {
    const { widthPx, heightPx } = this.viewport.state;
    this.viewport = this.viewport.zoomAt(widthPx / 2, heightPx / 2, factor);
  }

  press(press: Press, at: PointerAt): void {
    this.#begin(beginGesture(this.#context(), press, at), at);
    if (!press.isTouch || press.tool !== 'select') return;
    // A finger that rests on empty space draws a box instead of panning.
    this.#longPress = setTimeout(() => {
      if (hitTest(this.#context(), at) === undefined) this.#begin(beginMarquee(this.#context(), at), at);
    }, LONG_PRESS_MS);
  }

  pressVelocity(laneHeightPx: number, at: PointerAt): void {
    this.#begin(beginVelocity(this.#context(), laneHeightPx, at), at);
  }

  #begin(gesture: Gesture, at: PointerAt): void {
    this.#gesture = gesture;
    this.cursor = gesture.cursor;
    this.#show(gesture.move(at));
  }

  drag(at: PointerAt, travelledPx: number): void {
    if (travelledPx > 6) clearTimeout(this.#longPress);
    if (this.#gesture !== undefined) this.#show(this.#gesture.move(at));
  }

  hover(at: PointerAt): void {
    this.cursor = hoverCursor(this.#context(), this.tool, at);
  }

  release(at: PointerAt): void {
    const gesture = this.#gesture;
    this.cancel();
    if (gesture !== undefined) this.#finish(gesture.end(at));
  }

  /** Drops the gesture; the document never knew of it. */
  cancel(): void {
    clearTimeout(this.#longPress);
    this.#gesture = undefined;
    this.#pinch = undefined;
    this.preview = {};
    this.cursor = 'default';
  }

  pinchStart(points: readonly [PointerAt, PointerAt]): void {
    this.cancel();
    this.#pinch = { context: this.#context(), from: points };
  }

  pinchMove(points: readonly [PointerAt, PointerAt]): void {
    if (this.#pinch !== undefined)
      this.viewport = pinchedViewport(this.#pinch.context, this.#pinch.from, points);
  }

  /** Scrolls, zooms with Ctrl (Ctrl+Shift: rows), or changes the velocity of the note it began on. */
  wheel(deltaX: number, deltaY: number, at: PointerAt): void {
    const now = performance.now();
    const isNew = now - this.#lastWheelMs > WHEEL_COMMIT_MS;
    this.#lastWheelMs = now;
    if (at.ctrl) {
      const factor = Math.exp(-deltaY / 240);
      this.viewport = at.shift
        ? this.viewport.zoomAt(at.x, at.y, 1, factor)
        : this.viewport.zoomAt(at.x, at.y, factor);
      return;
    }
    if (at.shift) {
      this.viewport = this.viewport.panBy(deltaY === 0 ? deltaX : deltaY, 0);
      return;
    }
    if (this.#wheelVelocity !== undefined || (isNew && deltaX === 0)) {
      if (this.#turnVelocity(deltaY, at)) return;
    }
    this.viewport = this.viewport.panBy(deltaX, deltaY);
  }

  #turnVelocity(deltaY: number, at: PointerAt): boolean {
    const { notes, selection } = this.#read();
    const running = this.#wheelVelocity;
    const note = running?.note ?? hitTest(this.#context(), at)?.note;
    if (note === undefined) return false;
    const chosen = running?.chosen ?? (selection.has(note) ? selection : selectionOf([note]));
    const change = (running?.change ?? 0) - Math.sign(deltaY) * (at.alt ? 1 / 127 : 4 / 127);
    clearTimeout(running?.timer);
    const changed = (each: NoteEvent): NoteEvent => withVelocity(each, each.velocity + change);
    const shown = [...chosen].map(changed);
    this.preview = { hidden: chosen, shown, selection: selectionOf(shown) };
    const timer = setTimeout(() => {
      this.#wheelVelocity = undefined;
      this.preview = {};
      this.#finish({ edit: replaceNotes(notes, chosen, changed) });
    }, WHEEL_COMMIT_MS);
    this.#wheelVelocity = { note, chosen, change, timer };
    return true;
  }

  /** True where the command was one for the editor. */
  command(command: EditorCommand): boolean {
    const { notes, selection, onSelect, onAudition } = this.#read();
    switch (command.kind) {
      case 'tool':
        this.tool = command.tool;
        return true;
      case 'select-all':
        onSelect(selectionOf(notes));
        return true;
      case 'escape': {
        const wasBusy = this.isBusy || selection.size > 0;
        this.cancel();
        if (selection.size > 0) onSelect(selectionOf([]));
        return wasBusy;
      }
      case 'zoom-selection':
        this.zoomToSelection();
        return true;
      case 'zoom':
        this.zoomBy(command.factor);
        return true;
      case 'next':
      case 'previous': {
        const note = neighbour(notes, selection, command.kind === 'next' ? 1 : -1);
        if (note === undefined) return true;
        onSelect(selectionOf([note]));
        onAudition(note.pitch, note.velocity);
        this.reveal(note);
        return true;
      }
      default: {
        if (command.kind === 'move' && selection.size === 0) {
          const { widthPx, heightPx } = this.viewport.state;
          const part = command.large ? 0.8 : 0.1;
          this.viewport = this.viewport.panBy(command.steps * widthPx * part, command.rows * heightPx * part);
          return true;
        }
        const edit = applyCommand({ ...this.#read(), stepBeats: this.stepBeats }, command);
        if (edit === undefined) return selection.size > 0;
        this.#finish({ edit });
        const [first] = edit.selection;
        if (command.kind === 'move' && command.rows !== 0 && first !== undefined) {
          onAudition(first.pitch, first.velocity);
        }
        return true;
      }
    }
  }

  /** Scrolls just far enough that a note can be seen. */
  reveal(note: NoteEvent): void {
    const { widthPx, heightPx, rowHeightPx } = this.viewport.state;
    const x = this.viewport.xOf(note.startSeconds);
    const y = this.viewport.yOf(this.#read().rows.rowOfPitch(note.pitch));
    const deltaX = x < 0 ? x - widthPx * 0.1 : x > widthPx - 40 ? x - widthPx * 0.4 : 0;
    const deltaY = y < 0 ? y - rowHeightPx : y > heightPx - rowHeightPx ? y - heightPx + 2 * rowHeightPx : 0;
    this.viewport = this.viewport.panBy(deltaX, deltaY);
  }

  #show(preview: Preview): void {
    if (preview.viewport !== undefined) this.viewport = preview.viewport;
    this.preview = preview;
  }

  #finish(outcome: Outcome): void {
    const { onCommit, onSelect } = this.#read();
    if (outcome.drawBeats !== undefined) this.#drawBeats = outcome.drawBeats;
    if (outcome.edit !== undefined) {
      const [only] = outcome.edit.selection;
      if (only !== undefined && outcome.edit.selection.size === 1) this.#drawVelocity = only.velocity;
      onCommit(outcome.edit.notes);
      onSelect(outcome.edit.selection);
    } else if (outcome.selection !== undefined) onSelect(outcome.selection);
  }

  #context(): GestureContext {
    const { notes, selection, grid, rows, onAudition } = this.#read();
    return {
      notes,
      selection,
      grid,
      rows,
      index: this.index,
      viewport: this.viewport,
      stepBeats: this.stepBeats,
      drawBeats: rows.isDrum ? this.stepBeats : Math.max(this.#drawBeats, this.stepBeats / 8),
      drawVelocity: this.#drawVelocity,
      audition: onAudition,
    };
  }
}

function rowRange(
  notes: readonly NoteEvent[],
  rows: RowAxis,
): { topRow: number; bottomRow: number } | object {
  if (rows.isDrum) return {};
  if (notes.length === 0) return { topRow: rows.rowOfPitch(84), bottomRow: rows.rowOfPitch(48) };
  let top = Infinity;
  let bottom = -Infinity;
  for (const note of notes) {
    const row = rows.rowOfPitch(note.pitch);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  }
  const missing = Math.max(0, 14 - (bottom - top)) / 2;
  return { topRow: top - missing, bottomRow: bottom + missing };
}
