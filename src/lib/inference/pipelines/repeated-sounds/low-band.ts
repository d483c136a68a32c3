/** Between 44.1 kHz and LOW_RATE_HZ by way of the spectrum: cheaper than filters where transforms are fast. */

import { fastRealFft } from '$lib/audio/dsp/fast-fft';
import { spectrogram, Stft, type Spectrogram } from '$lib/audio/dsp/stft';
import { DECIMATION } from './constants';

const FFT_SIZE = 4096;
const HOP_SAMPLES = 1024;
/** Frames that are in memory at full rate at once. */
const CHUNK_FRAMES = 64;

/** The band below LOW_RATE_HZ / 2 of a signal. `up(down(x))` is x without what lies above. */
export class LowBand {
  private readonly work: Spectrogram;

  private constructor(
    private readonly full: Stft,
    private readonly low: Stft,
  ) {
    this.work = spectrogram(CHUNK_FRAMES, full.binCount);
  }

  static async create(): Promise<LowBand> {
    const lowSize = FFT_SIZE / DECIMATION;
    return new LowBand(
      new Stft({ fftSize: FFT_SIZE, hopSamples: HOP_SAMPLES, fft: await fastRealFft(FFT_SIZE) }),
      new Stft({ fftSize: lowSize, hopSamples: HOP_SAMPLES / DECIMATION, fft: await fastRealFft(lowSize) }),
    );
  }

  /** `ceil(length / DECIMATION)` samples at LOW_RATE_HZ. */
  down(samples: Float32Array): Float32Array<ArrayBuffer> {
    const { full, low, work } = this;
    const { startSamples, frameCount } = full.cover(samples.length);
    const frames = spectrogram(frameCount, low.binCount);
    for (let from = 0; from < frameCount; from += CHUNK_FRAMES) {
      full.analyseInto(work, samples, startSamples + from * HOP_SAMPLES);
      const count = Math.min(CHUNK_FRAMES, frameCount - from);
      copyBins(work, 0, frames, from, count, this.kept, 1 / DECIMATION);
    }
    const out = new Float32Array(Math.ceil(samples.length / DECIMATION));
    low.overlapAdd(frames, out, startSamples / DECIMATION);
    return out;
  }

  /** Adds what `samples` (at LOW_RATE_HZ) are at full rate to `into`. */
  addUp(samples: Float32Array, into: Float32Array): void {
    const { full, low, work } = this;
    const { startSamples, frameCount } = low.cover(samples.length);
    const frames = low.analyse(samples, startSamples, frameCount);
    work.re.fill(0);
    work.im.fill(0);
    for (let from = 0; from < frameCount; from += CHUNK_FRAMES) {
      const count = Math.min(CHUNK_FRAMES, frameCount - from);
      copyBins(frames, from, work, 0, count, this.kept, DECIMATION);
      full.overlapAdd(work, into, startSamples * DECIMATION + from * HOP_SAMPLES, 0, count);
    }
  }

  /** All but the low Nyquist bin, which has no phase. */
  private get kept(): number {
    return this.low.binCount - 1;
  }
}

function copyBins(
  source: Spectrogram,
  sourceFrame: number,
  to: Spectrogram,
  toFrame: number,
  frameCount: number,
  binCount: number,
  gain: number,
): void {
  for (let t = 0; t < frameCount; t++) {
    const a = (sourceFrame + t) * source.binCount;
    const b = (toFrame + t) * to.binCount;
    for (let k = 0; k < binCount; k++) {
      to.re[b + k] = gain * source.re[a + k]!;
      to.im[b + k] = gain * source.im[a + k]!;
    }
  }
}
