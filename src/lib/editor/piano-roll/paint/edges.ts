import type { NoteEvent } from '../../../core/notes';
import type { Selection } from '../edit';
import type { BeatGrid } from '../grid';
import type { Palette } from '../palette';
import type { RowAxis } from '../rows';
import type { Viewport } from '../viewport';
import { FONT } from './notes';
import { crisp } from './surface';

export interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Bar numbers above the roll, with the loop as a band. */
export function paintRuler(
  context: CanvasRenderingContext2D,
  heightPx: number,
  input: {
    readonly viewport: Viewport;
    readonly grid: BeatGrid;
    readonly palette: Palette;
    readonly loop: TimeRange | null;
  },
): void {
  const { viewport, grid, palette, loop } = input;
  const { widthPx, pixelsPerSecond, startSeconds } = viewport.state;
  if (loop !== null) {
    const left = viewport.xOf(loop.startSeconds);
    context.fillStyle = `color-mix(in srgb, ${palette.accent} 32%, transparent)`;
    context.fillRect(left, 0, viewport.xOf(loop.endSeconds) - left, heightPx);
  }
  context.font = `500 11px ${FONT}`;
  context.textBaseline = 'middle';
  let free = -Infinity;
  for (const line of grid.lines(startSeconds, viewport.endSeconds, pixelsPerSecond)) {
    const x = crisp(viewport.xOf(line.seconds)) - 0.5;
    const isBar = line.kind === 'bar';
    context.fillStyle = isBar ? palette.lineBar : palette.lineBeat;
    context.fillRect(x, isBar ? 2 : heightPx - (line.kind === 'beat' ? 7 : 4), 1, heightPx);
    if (!isBar || x < free) continue;
    context.fillStyle = palette.textDim;
    context.fillText(String(line.bar), x + 4, heightPx / 2);
    free = x + 34;
  }
  context.fillStyle = palette.lineBeat;
  context.fillRect(0, heightPx - 1, widthPx, 1);
}

/** A keyboard, or the names of the drum lanes. `sounding` is the pitch that is being auditioned. */
export function paintRowLabels(
  context: CanvasRenderingContext2D,
  widthPx: number,
  input: {
    readonly viewport: Viewport;
    readonly rows: RowAxis;
    readonly palette: Palette;
    readonly sounding: number | null;
  },
): void {
  const { viewport, rows, palette, sounding } = input;
  const { heightPx, rowHeightPx } = viewport.state;
  context.textBaseline = 'middle';
  const first = viewport.rowOf(0);
  const last = viewport.rowOf(heightPx);
  if (!rows.isDrum) {
    context.fillStyle = palette.keyWhite;
    context.fillRect(0, 0, widthPx, heightPx);
  }
  for (let row = first; row <= last; row++) {
    const pitch = rows.pitchOfRow(row);
    const y = viewport.yOf(row);
    if (rows.isDrum) {
      context.fillStyle = sounding === pitch ? palette.accent : palette.background;
      context.fillRect(0, y, widthPx, rowHeightPx);
      context.fillStyle = palette.rowLine;
      context.fillRect(0, y + rowHeightPx - 1, widthPx, 1);
      context.fillStyle = sounding === pitch ? palette.noteText : palette.textDim;
      context.font = `500 ${Math.min(12, rowHeightPx - 4)}px ${FONT}`;
      context.fillText(rows.label(pitch), 8, y + rowHeightPx / 2 + 0.5, widthPx - 12);
      continue;
    }
    const lit = sounding === pitch;
    if (rows.isDark(row)) {
      context.fillStyle = lit ? palette.accent : palette.keyBlack;
      context.fillRect(0, y, widthPx * 0.62, rowHeightPx);
    } else if (lit) {
      context.fillStyle = palette.accent;
      context.fillRect(0, y, widthPx, rowHeightPx);
    }
    const step = pitch % 12;
    if (step === 0 || step === 5) {
      context.fillStyle = '#8a8e97';
      context.fillRect(0, y + rowHeightPx - 0.5, widthPx, 1);
    }
    if (step === 0 || (rowHeightPx >= 14 && !rows.isDark(row))) {
      context.fillStyle = '#3a3d45';
      context.font = `${step === 0 ? 600 : 400} ${Math.min(10, Math.max(8, rowHeightPx))}px ${FONT}`;
      context.textAlign = 'right';
      context.fillText(rows.label(pitch), widthPx - 4, y + rowHeightPx / 2 + 0.5);
      context.textAlign = 'left';
    }
  }
}

/** A stalk a note, as high as its velocity. */
export function paintVelocities(
  context: CanvasRenderingContext2D,
  heightPx: number,
  input: { readonly viewport: Viewport; readonly palette: Palette; readonly grid: BeatGrid },
  notes: readonly NoteEvent[],
  selection: Selection,
): void {
  const { viewport, palette, grid } = input;
  const { widthPx, pixelsPerSecond, startSeconds } = viewport.state;
  context.fillStyle = palette.background;
  context.fillRect(0, 0, widthPx, heightPx);
  for (const line of grid.lines(startSeconds, viewport.endSeconds, pixelsPerSecond)) {
    if (line.kind === 'step') continue;
    context.fillStyle = line.kind === 'bar' ? palette.lineBar : palette.lineBeat;
    context.fillRect(crisp(viewport.xOf(line.seconds)) - 0.5, 0, 1, heightPx);
  }
  for (const chosen of [false, true]) {
    context.fillStyle = chosen ? palette.selected : palette.note;
    for (const note of notes) {
      if (selection.has(note) !== chosen) continue;
      const x = Math.round(viewport.xOf(note.startSeconds));
      const y = Math.round((1 - note.velocity) * (heightPx - 4)) + 2;
      context.globalAlpha = 0.55;
      context.fillRect(x, y, 2, heightPx - y);
      context.globalAlpha = 1;
      context.fillRect(x, y - 1, 6, 3);
    }
  }
}
