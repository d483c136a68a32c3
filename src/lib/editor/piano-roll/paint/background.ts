import type { BeatGrid, GridLine } from '../grid';
import type { Palette } from '../palette';
import type { RowAxis } from '../rows';
import type { Viewport } from '../viewport';
import { crisp } from './surface';

/** Min and max sample of each bucket, interleaved, nominally -1..1. */
export interface StemPeaks {
  readonly minMax: Float32Array;
  readonly bucketsPerSecond: number;
}

/** A picture of a stem's pitches over time; its top row is `highPitch`, its bottom row `lowPitch`. */
export interface StemSpectrogram {
  readonly image: CanvasImageSource;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly lowPitch: number;
  readonly highPitch: number;
}

export interface BackgroundInput {
  readonly viewport: Viewport;
  readonly rows: RowAxis;
  readonly grid: BeatGrid;
  readonly palette: Palette;
  /** Pitch classes of the scale; empty where none is highlighted. */
  readonly scale: ReadonlySet<number>;
  readonly peaks?: StemPeaks | undefined;
  readonly spectrogram?: StemSpectrogram | undefined;
}

/** Rows, scale, what was heard, and the grid: all that lies under the notes. */
export function paintBackground(context: CanvasRenderingContext2D, input: BackgroundInput): void {
  const { viewport, palette } = input;
  const { widthPx, heightPx } = viewport.state;
  context.fillStyle = palette.background;
  context.fillRect(0, 0, widthPx, heightPx);
  paintRows(context, input);
  if (input.spectrogram !== undefined) paintSpectrogram(context, input, input.spectrogram);
  else if (input.peaks !== undefined) paintWave(context, input, input.peaks);
  paintGrid(context, input);
}

function paintRows(
  context: CanvasRenderingContext2D,
  { viewport, rows, palette, scale }: BackgroundInput,
): void {
  const { widthPx, heightPx, rowHeightPx } = viewport.state;
  const first = viewport.rowOf(0);
  const last = viewport.rowOf(heightPx);
  for (let row = first; row <= last; row++) {
    const y = Math.round(viewport.yOf(row));
    const height = Math.round(viewport.yOf(row + 1)) - y;
    const pitch = rows.pitchOfRow(row);
    if (rows.isDark(row)) {
      context.fillStyle = palette.rowDark;
      context.fillRect(0, y, widthPx, height);
    }
    if (!rows.isDrum && scale.has(pitch % 12)) {
      context.fillStyle = palette.scale;
      context.fillRect(0, y, widthPx, height);
    }
    if (rows.isDrum || pitch % 12 === 0 || (rowHeightPx >= 10 && pitch % 12 === 5)) {
      context.fillStyle = pitch % 12 === 0 && !rows.isDrum ? palette.lineBeat : palette.rowLine;
      context.fillRect(0, y + height - 1, widthPx, 1);
    }
  }
}

function paintGrid(context: CanvasRenderingContext2D, { viewport, grid, palette }: BackgroundInput): void {
  const { heightPx, pixelsPerSecond, startSeconds } = viewport.state;
  const colour: Readonly<Record<GridLine['kind'], string>> = {
    bar: palette.lineBar,
    beat: palette.lineBeat,
    step: palette.lineStep,
  };
  for (const line of grid.lines(startSeconds, viewport.endSeconds, pixelsPerSecond)) {
    context.fillStyle = colour[line.kind];
    context.fillRect(crisp(viewport.xOf(line.seconds)) - 0.5, 0, 1, heightPx);
  }
}

function paintWave(
  context: CanvasRenderingContext2D,
  { viewport, palette }: BackgroundInput,
  { minMax, bucketsPerSecond }: StemPeaks,
): void {
  const { widthPx, heightPx } = viewport.state;
  const middle = heightPx / 2;
  context.fillStyle = palette.wave;
  context.beginPath();
  for (let x = 0; x < widthPx; x++) {
    const from = Math.max(0, Math.floor(viewport.secondsOf(x) * bucketsPerSecond));
    const to = Math.max(from + 1, Math.floor(viewport.secondsOf(x + 1) * bucketsPerSecond));
    let low = 0;
    let high = 0;
    for (let bucket = from; bucket < to && bucket * 2 + 1 < minMax.length; bucket++) {
      low = Math.min(low, minMax[bucket * 2]!);
      high = Math.max(high, minMax[bucket * 2 + 1]!);
    }
    const top = middle - high * middle * 0.96;
    context.rect(x, top, 1, Math.max(1, (high - low) * middle * 0.96));
  }
  context.fill();
}

function paintSpectrogram(
  context: CanvasRenderingContext2D,
  { viewport, rows }: BackgroundInput,
  picture: StemSpectrogram,
): void {
  const top = viewport.yOf(rows.rowOfPitch(picture.highPitch));
  const bottom = viewport.yOf(rows.rowOfPitch(picture.lowPitch) + 1);
  const left = viewport.xOf(picture.startSeconds);
  context.globalAlpha = 0.55;
  context.drawImage(picture.image, left, top, viewport.xOf(picture.endSeconds) - left, bottom - top);
  context.globalAlpha = 1;
}
