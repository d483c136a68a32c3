import { PIPELINE_SAMPLE_RATE_HZ } from '$lib/core/audio';
import { MedianFilter } from '$lib/audio/dsp/median-filter';
import { BIN_COUNT, FFT_SIZE, WINDOW_FRAMES } from './constants';

const HARMONIC_FRAMES = 15;
const PERCUSSIVE_BINS = 9;
/** Bins that are filtered together: 16 floats are a line of the cache. */
const COLUMNS = 16;
const CROSSOVER_HZ = 300;
const CROSSOVER_ORDER = 8;

/** Low-pass share of the bass in each bin. */
const LOW_SHARE = Float32Array.from({ length: BIN_COUNT }, (_, bin) => {
  const hz = (bin * PIPELINE_SAMPLE_RATE_HZ) / FFT_SIZE;
  return 1 / (1 + (hz / CROSSOVER_HZ) ** CROSSOVER_ORDER);
});

/** Shares of a bin, frame by frame as in Spectrogram; `other` has what the two leave. */
export interface SplitMasks {
  readonly drums: Float32Array<ArrayBuffer>;
  readonly bass: Float32Array<ArrayBuffer>;
}

const harmonicFilter = new MedianFilter(HARMONIC_FRAMES, WINDOW_FRAMES);
const percussiveFilter = new MedianFilter(PERCUSSIVE_BINS, BIN_COUNT);

/**
 * How percussive each bin is, 0-1: what stands out along the frequency (a hit) against what lasts (a tone). Median filters
 * as in D. Fitzgerald, "Harmonic/percussive separation using median filtering" (DAFx 2010), with squared shares.
 * `magnitude`: [frameCount, BIN_COUNT], at most WINDOW_FRAMES frames.
 */
export function percussiveShare(magnitude: Float32Array, frameCount: number): Float32Array<ArrayBuffer> {
  const harmonic = harmonicPart(magnitude, frameCount);
  const share = new Float32Array(magnitude.length);
  for (let frame = 0; frame < frameCount; frame++) {
    percussiveFilter.apply(magnitude, share, { offset: frame * BIN_COUNT, stride: 1, count: BIN_COUNT });
  }
  for (let i = 0; i < share.length; i++) {
    const p = share[i]! * share[i]!;
    const h = harmonic[i]! * harmonic[i]!;
    share[i] = p / (p + h + 1e-12);
  }
  return share;
}

/** Medians along the time. Neighbouring bins are taken together: single ones would fetch a line of the cache for each value. */
function harmonicPart(magnitude: Float32Array, frameCount: number): Float32Array {
  const out = new Float32Array(magnitude.length);
  const columns = new Float32Array(COLUMNS * frameCount);
  for (let first = 0; first < BIN_COUNT; first += COLUMNS) {
    const width = Math.min(COLUMNS, BIN_COUNT - first);
    for (let frame = 0; frame < frameCount; frame++) {
      const row = frame * BIN_COUNT + first;
      for (let c = 0; c < width; c++) columns[c * frameCount + frame] = magnitude[row + c]!;
    }
    for (let c = 0; c < width; c++) {
      harmonicFilter.apply(columns, columns, { offset: c * frameCount, stride: 1, count: frameCount });
    }
    for (let frame = 0; frame < frameCount; frame++) {
      const row = frame * BIN_COUNT + first;
      for (let c = 0; c < width; c++) out[row + c] = columns[c * frameCount + frame]!;
    }
  }
  return out;
}

/** The masks without a trained network: the bass is what lasts below 300 Hz, drums are what is percussive of the rest. */
export function dspMasks(share: Float32Array): SplitMasks {
  const drums = new Float32Array(share.length);
  const bass = new Float32Array(share.length);
  for (let i = 0, bin = 0; i < share.length; i++, bin = bin + 1 === BIN_COUNT ? 0 : bin + 1) {
    const p = share[i]!;
    const low = (1 - p) * LOW_SHARE[bin]!;
    bass[i] = low;
    drums[i] = Math.min(p, 1 - low);
  }
  return { drums, bass };
}
