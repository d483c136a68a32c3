import type { NoteEvent } from '$lib/core/notes';

export interface LanePicture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly durationSeconds: number;
  /** Min and max of each bucket in turn. */
  readonly peaks: Float32Array | undefined;
  readonly notes: readonly NoteEvent[];
  readonly isDrum: boolean;
  readonly downbeatsSeconds: readonly number[];
  readonly colours: { readonly family: string; readonly wave: string; readonly grid: string };
}

/** The waveform of the stem, the notes over it, bar lines behind: one track over the whole recording. */
export function paintLane(context: CanvasRenderingContext2D, picture: LanePicture): void {
  context.clearRect(0, 0, picture.widthPx, picture.heightPx);
  if (picture.durationSeconds <= 0) return;
  paintBars(context, picture);
  if (picture.peaks !== undefined) paintPeaks(context, picture, picture.peaks);
  paintNotes(context, picture);
}

const MIN_BAR_DISTANCE_PX = 24;

function paintBars(context: CanvasRenderingContext2D, picture: LanePicture): void {
  const { downbeatsSeconds: bars, widthPx, heightPx, durationSeconds } = picture;
  const perBar = widthPx / Math.max(1, bars.length);
  const every = 2 ** Math.max(0, Math.ceil(Math.log2(MIN_BAR_DISTANCE_PX / perBar)));
  context.fillStyle = picture.colours.grid;
  for (let bar = 0; bar < bars.length; bar += every) {
    context.fillRect(Math.round((bars[bar]! / durationSeconds) * widthPx), 0, 1, heightPx);
  }
}

function paintPeaks(context: CanvasRenderingContext2D, picture: LanePicture, peaks: Float32Array): void {
  const { widthPx, heightPx } = picture;
  const buckets = peaks.length / 2;
  const middle = heightPx / 2;
  let loudest = 0.05;
  for (const peak of peaks) loudest = Math.max(loudest, Math.abs(peak));
  const scale = (middle - 2) / loudest;
  context.fillStyle = picture.colours.wave;
  context.beginPath();
  for (let x = 0; x < widthPx; x++) {
    const from = Math.floor((x / widthPx) * buckets);
    const to = Math.max(from + 1, Math.floor(((x + 1) / widthPx) * buckets));
    let low = 0;
    let high = 0;
    for (let bucket = from; bucket < to && bucket < buckets; bucket++) {
      low = Math.min(low, peaks[2 * bucket]!);
      high = Math.max(high, peaks[2 * bucket + 1]!);
    }
    const top = middle - high * scale;
    context.rect(x, top, 1, Math.max(1, (high - low) * scale));
  }
  context.fill();
}

function paintNotes(context: CanvasRenderingContext2D, picture: LanePicture): void {
  const { notes, widthPx, heightPx, durationSeconds } = picture;
  if (notes.length === 0) return;
  let low = 127;
  let high = 0;
  for (const { pitch } of notes) {
    low = Math.min(low, pitch);
    high = Math.max(high, pitch);
  }
  // A line that moves little should not fill the lane.
  const spare = Math.max(0, 12 - (high - low)) / 2;
  const rows = high - low + 2 * spare + 1;
  const rowPx = (heightPx - 6) / rows;
  const thickPx = Math.min(5, Math.max(2, rowPx * 0.9));
  context.fillStyle = picture.colours.family;
  for (const note of notes) {
    const x = (note.startSeconds / durationSeconds) * widthPx;
    const length = picture.isDrum ? 2 : Math.max(2, (note.durationSeconds / durationSeconds) * widthPx - 0.5);
    const y = 3 + (high + spare - note.pitch + 0.5) * rowPx - thickPx / 2;
    context.globalAlpha = 0.35 + 0.65 * note.confidence;
    context.fillRect(x, y, length, thickPx);
  }
  context.globalAlpha = 1;
}
