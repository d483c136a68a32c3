import type { StemSpectrogram } from './paint/background';
import type { RowAxis } from './rows';
import type { Viewport } from './viewport';

/** A range of time and pitches to be looked at. */
export interface SpectrogramView {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly columns: number;
  /** MIDI, both included; one row a semitone. */
  readonly lowPitch: number;
  readonly highPitch: number;
}

/** `levels[row * columns + column]`, 0-255; row 0 is the lowest pitch. */
interface SpectrogramLevels {
  readonly columns: number;
  readonly rows: number;
  readonly levels: Uint8Array;
}

export type ReadSpectrogram = (view: SpectrogramView) => Promise<SpectrogramLevels>;

/** The view must rest this long before audio is analysed for it. */
const SETTLE_MS = 160;
const PX_PER_COLUMN = 3;
const MAX_COLUMNS = 700;
/** Read on both sides of the view, in parts of it, so that small scrolls need nothing new. */
const MARGIN = 0.25;

/** Keeps a picture of what can be seen; asks for a new one when the view has moved off it. */
export class SpectrogramLayer {
  picture = $state.raw<StemSpectrogram>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  /** Call when the view, the reader or the colour changed. Returns what stops a request that has not begun. */
  show(viewport: Viewport, rows: RowAxis, read: ReadSpectrogram, colour: string): () => void {
    clearTimeout(this.#timer);
    const view = viewOf(viewport, rows);
    if (!covers(this.picture, view)) {
      this.#timer = setTimeout(() => void this.#load(view, read, colour), SETTLE_MS);
    }
    return () => clearTimeout(this.#timer);
  }

  clear(): void {
    this.#asked++;
    this.picture = undefined;
  }

  async #load(view: SpectrogramView, read: ReadSpectrogram, colour: string): Promise<void> {
    const asked = ++this.#asked;
    const wide = widened(view);
    try {
      const image = toImage(await read(wide), colour);
      if (asked === this.#asked && image !== undefined) this.picture = { ...wide, image };
    } catch {
      // The notes are readable without a picture behind them; the next scroll tries again.
      if (asked === this.#asked) this.picture = undefined;
    }
  }
}

function viewOf(viewport: Viewport, rows: RowAxis): SpectrogramView {
  const { startSeconds, widthPx, heightPx } = viewport.state;
  return {
    startSeconds,
    endSeconds: viewport.endSeconds,
    columns: Math.min(MAX_COLUMNS, Math.max(16, Math.round(widthPx / PX_PER_COLUMN))),
    highPitch: rows.pitchOfRow(viewport.rowOf(0)),
    lowPitch: rows.pitchOfRow(viewport.rowOf(heightPx)),
  };
}

function widened(view: SpectrogramView): SpectrogramView {
  const margin = (view.endSeconds - view.startSeconds) * MARGIN;
  return {
    startSeconds: Math.max(0, view.startSeconds - margin),
    endSeconds: view.endSeconds + margin,
    columns: Math.round(view.columns * (1 + 2 * MARGIN)),
    highPitch: Math.min(120, view.highPitch + 6),
    lowPitch: Math.max(16, view.lowPitch - 6),
  };
}

/** Whether a picture shows a view, and not at less than a third of its sharpness. */
function covers(picture: StemSpectrogram | undefined, view: SpectrogramView): boolean {
  if (picture === undefined) return false;
  const span = view.endSeconds - view.startSeconds;
  return (
    picture.startSeconds <= view.startSeconds &&
    picture.endSeconds >= view.endSeconds - 1e-6 &&
    picture.endSeconds - picture.startSeconds < 4 * span &&
    picture.highPitch >= Math.min(120, view.highPitch) &&
    picture.lowPitch <= Math.max(16, view.lowPitch)
  );
}

/** One colour, opaque where it is loud; the top row is the highest pitch. */
function toImage(
  { columns, rows, levels }: SpectrogramLevels,
  colour: string,
): HTMLCanvasElement | undefined {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 255, green = 255, blue = 255] = context.getImageData(0, 0, 1, 1).data;
  const pixels = context.createImageData(columns, rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const level = levels[row * columns + column]! / 255;
      const at = ((rows - 1 - row) * columns + column) * 4;
      pixels.data[at] = red;
      pixels.data[at + 1] = green;
      pixels.data[at + 2] = blue;
      // Quiet parts would veil the grid: only the upper half of the range is drawn, steeply.
      pixels.data[at + 3] = 255 * Math.max(0, (level - 0.35) / 0.65) ** 2;
    }
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}
