import type { NoteEvent } from '../../../core/notes';
import type { Selection } from '../edit';
import type { Palette } from '../palette';
import type { RowAxis } from '../rows';
import type { Viewport } from '../viewport';

export interface NotesInput {
  readonly viewport: Viewport;
  readonly rows: RowAxis;
  readonly palette: Palette;
  /** Notes below are candidates: outlines only. */
  readonly thresholdConfidence: number;
}

/** Shades and opacities are drawn in this many levels, so that thousands of notes are a few dozen paths. */
const LEVELS = 6;
const MIN_WIDTH_PX = 2;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where a note lies on the canvas. A drum hit is as wide as its lane is high, at most a little wider than long. */
function noteBox({ viewport, rows }: Pick<NotesInput, 'viewport' | 'rows'>, note: NoteEvent): Box {
  const { rowHeightPx, pixelsPerSecond } = viewport.state;
  const y = viewport.yOf(rows.rowOfPitch(note.pitch));
  const x = viewport.xOf(note.startSeconds);
  if (rows.isDrum) {
    const width = Math.max(3, Math.min(rowHeightPx * 0.8, 0.06 * pixelsPerSecond + 3));
    return { x, y: y + rowHeightPx * 0.14, width, height: rowHeightPx * 0.72 };
  }
  const gap = rowHeightPx >= 6 ? 1 : 0;
  const width = Math.max(MIN_WIDTH_PX, note.durationSeconds * pixelsPerSecond - gap);
  return { x, y: y + gap / 2, width, height: Math.max(1, rowHeightPx - gap) };
}

/** Paints notes by family colour; velocity is brightness, confidence opacity. */
export function paintNotes(
  context: CanvasRenderingContext2D,
  input: NotesInput,
  notes: readonly NoteEvent[],
  hidden: Selection | undefined,
): void {
  const { palette, thresholdConfidence, viewport } = input;
  const filled = new Map<number, Box[]>();
  const outlined: Box[] = [];
  for (const note of notes) {
    if (hidden?.has(note) === true) continue;
    const box = noteBox(input, note);
    if (box.x > viewport.state.widthPx || box.y > viewport.state.heightPx || box.y + box.height < 0) continue;
    if (note.confidence < thresholdConfidence) {
      outlined.push(box);
      continue;
    }
    const key = level(note.confidence) * LEVELS + level(note.velocity);
    const list = filled.get(key);
    if (list === undefined) filled.set(key, [box]);
    else list.push(box);
  }
  for (const [key, boxes] of filled) {
    const brightness = 62 + (38 * (key % LEVELS)) / (LEVELS - 1);
    context.globalAlpha = 0.4 + (0.6 * Math.floor(key / LEVELS)) / (LEVELS - 1);
    context.fillStyle = `color-mix(in srgb, ${palette.note} ${brightness}%, ${palette.background})`;
    context.beginPath();
    for (const box of boxes) addBox(context, box);
    context.fill();
  }
  if (outlined.length > 0) {
    context.globalAlpha = 0.6;
    context.strokeStyle = palette.note;
    context.lineWidth = 1;
    context.setLineDash([3, 2]);
    context.beginPath();
    for (const box of outlined)
      context.rect(box.x + 0.5, box.y + 0.5, Math.max(1, box.width - 1), box.height - 1);
    context.stroke();
    context.setLineDash([]);
  }
  context.globalAlpha = 1;
  paintNames(context, input, notes, hidden);
}

/** Notes of other tracks: shapes only, so that harmony can be read without being taken for this track. */
export function paintGhosts(
  context: CanvasRenderingContext2D,
  input: NotesInput,
  notes: readonly NoteEvent[],
): void {
  context.fillStyle = input.palette.ghost;
  context.beginPath();
  for (const note of notes) {
    const box = noteBox(input, note);
    context.rect(box.x, box.y, box.width, box.height);
  }
  context.fill();
}

/** A bright frame around each selected note. */
export function paintSelection(
  context: CanvasRenderingContext2D,
  input: NotesInput,
  notes: Iterable<NoteEvent>,
): void {
  const { widthPx } = input.viewport.state;
  context.strokeStyle = input.palette.selected;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const note of notes) {
    const box = noteBox(input, note);
    if (box.x > widthPx || box.x + box.width < 0) continue;
    addBox(context, { x: box.x + 0.25, y: box.y + 0.25, width: box.width - 0.5, height: box.height - 0.5 });
  }
  context.stroke();
}

function paintNames(
  context: CanvasRenderingContext2D,
  input: NotesInput,
  notes: readonly NoteEvent[],
  hidden: Selection | undefined,
): void {
  const { viewport, rows, palette, thresholdConfidence } = input;
  if (rows.isDrum || viewport.state.rowHeightPx < 13) return;
  context.fillStyle = palette.noteText;
  context.font = `600 ${Math.min(11, viewport.state.rowHeightPx - 4)}px ${FONT}`;
  context.textBaseline = 'middle';
  for (const note of notes) {
    if (hidden?.has(note) === true || note.confidence < thresholdConfidence) continue;
    const box = noteBox(input, note);
    if (box.width < 30) continue;
    context.fillText(rows.label(note.pitch), Math.max(2, box.x + 5), box.y + box.height / 2 + 0.5);
  }
}

export const FONT = "'Inter Variable', Inter, system-ui, sans-serif";

function addBox(context: CanvasRenderingContext2D, { x, y, width, height }: Box): void {
  if (width < 5 || height < 5) context.rect(x, y, width, height);
  else context.roundRect(x, y, width, height, 2);
}

function level(value: number): number {
  return Math.min(LEVELS - 1, Math.max(0, Math.round(value * (LEVELS - 1))));
}
