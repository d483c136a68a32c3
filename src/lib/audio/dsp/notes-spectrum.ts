import { fastRealFft } from './fast-fft';
import type { RealTransform } from './fft';

/** Settings of the log-frequency spectrum that the notes network was trained on (training/common/spectrum.py). */
export const NOTES_SAMPLE_RATE_HZ = 16_000;
export const NOTES_HOP_SAMPLES = 480;
export const NOTES_BINS = 294;

const A0_HZ = 27.5;
const BINS_PER_OCTAVE = 36;
const LOG_GAIN = 1000;
/** Long windows below, where semitones lie close; short ones above, where time matters more. */
const BANDS = [
  { windowSamples: 8192, fromHz: 0, toHz: 90 },
  { windowSamples: 4096, fromHz: 90, toHz: 265 },
  { windowSamples: 2048, fromHz: 265, toHz: 800 },
  { windowSamples: 1024, fromHz: 800, toHz: Infinity },
] as const;

export const LONGEST_WINDOW_SAMPLES = Math.max(...BANDS.map(({ windowSamples }) => windowSamples));

interface Triangle {
  readonly bin: number;
  readonly firstFftBin: number;
  readonly weights: Float64Array;
}

interface Band {
  readonly windowSamples: number;
  readonly window: Float64Array;
  readonly fft: RealTransform;
  /** The bins that are collected. */
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly triangles: readonly Triangle[];
}

/** Bin 3p + 1 lies on the pitch A0 + p. */
function binHz(bin: number): number {
  return A0_HZ * 2 ** ((bin - 1) / BINS_PER_OCTAVE);
}

async function makeBand({ windowSamples, fromHz, toHz }: (typeof BANDS)[number]): Promise<Band> {
  const window = new Float64Array(windowSamples);
  for (let n = 0; n < windowSamples; n++) {
    // A periodic Hann window, over half its sum: a sine of amplitude a gives about a.
    window[n] = (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / windowSamples)) / (windowSamples / 4);
  }
  const spacingHz = NOTES_SAMPLE_RATE_HZ / windowSamples;
  const triangles: Triangle[] = [];
  for (let bin = 0; bin < NOTES_BINS; bin++) {
    const centreHz = binHz(bin);
    if (centreHz < fromHz || centreHz >= toHz) continue;
    const halfWidthHz = Math.max(spacingHz, centreHz * (2 ** (1 / BINS_PER_OCTAVE) - 1));
    const first = Math.max(0, Math.ceil((centreHz - halfWidthHz) / spacingHz));
    const last = Math.min(windowSamples / 2, Math.floor((centreHz + halfWidthHz) / spacingHz));
    const weights = new Float64Array(Math.max(0, last - first + 1));
    for (let k = first; k <= last; k++) {
      weights[k - first] = Math.max(0, 1 - Math.abs(k * spacingHz - centreHz) / halfWidthHz);
    }
    triangles.push({ bin, firstFftBin: first, weights });
  }
  const bins = Math.max(...triangles.map(({ firstFftBin, weights }) => firstFftBin + weights.length));
  return {
    windowSamples,
    window,
    fft: await fastRealFft(windowSamples),
    re: new Float64Array(bins),
    im: new Float64Array(bins),
    triangles,
  };
}

/** Frames that cover `lengthSamples` at 16 kHz, the first centred on sample 0. */
export function notesFrameCount(lengthSamples: number): number {
  return Math.floor(lengthSamples / NOTES_HOP_SAMPLES) + 1;
}

/**
 * The features of the notes network: log10(1 + 1000 m), m the magnitudes of 294 bins, three a semitone from A0, by four
 * Hann windows whose power triangles collect. The instance owns its work memory.
 */
export class NotesSpectrum {
  private constructor(private readonly bands: readonly Band[]) {}

  static async create(): Promise<NotesSpectrum> {
    return new NotesSpectrum(await Promise.all(BANDS.map(makeBand)));
  }

  /**
   * Frames `firstFrame` to `firstFrame + frameCount - 1` of 16 kHz mono `samples` times `gain`, as [frameCount, 294].
   * Frames and samples outside the signal are silence (zeros).
   */
  frames(
    samples: Float32Array,
    range: { readonly firstFrame: number; readonly frameCount: number },
    gain = 1,
  ): Float32Array<ArrayBuffer> {
    const features = new Float32Array(range.frameCount * NOTES_BINS);
    for (let f = 0; f < range.frameCount; f++) {
      const centre = (range.firstFrame + f) * NOTES_HOP_SAMPLES;
      const row = features.subarray(f * NOTES_BINS, (f + 1) * NOTES_BINS);
      for (const band of this.bands) analyse(band, samples, centre, gain, row);
    }
    return features;
  }
}

function analyse(band: Band, samples: Float32Array, centre: number, gain: number, row: Float32Array): void {
  const { windowSamples, window, fft, re, im } = band;
  const start = centre - windowSamples / 2;
  const from = Math.max(0, -start);
  const to = Math.min(windowSamples, samples.length - start);
  if (to <= from) return;
  const work = fft.frame;
  work.fill(0, 0, from);
  for (let n = from; n < to; n++) work[n] = samples[start + n]! * window[n]!;
  work.fill(0, to);
  fft.forward(work, re, im, 0, 0, re.length);
  for (const { bin, firstFftBin, weights } of band.triangles) {
    let power = 0;
    for (let k = 0; k < weights.length; k++) {
      const at = firstFftBin + k;
      power += weights[k]! * (re[at]! * re[at]! + im[at]! * im[at]!);
    }
    row[bin] = Math.log10(1 + LOG_GAIN * gain * Math.sqrt(power));
  }
}
