import { RealFft, type FloatArray, type RealTransform } from './fft';

/** The periodic Hann window (as scipy `get_window('hann')` and TensorFlow `hann_window(periodic=True)`). */
export function hannWindow(length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length));
}

export interface StftOptions {
  readonly fftSize: number;
  readonly hopSamples: number;
  /** `fftSize` values; the periodic Hann window by default. Used for analysis and for synthesis. */
  readonly window?: Float32Array;
  /** Of `fftSize`; by default one in JavaScript, in double precision. */
  readonly fft?: RealTransform;
  /** The lowest bins, which alone are kept and heard; all by default. */
  readonly binCount?: number;
}

/** Frames one after another, each `binCount` bins: bin k of frame t is at `t * binCount + k`. */
export interface Spectrogram {
  readonly re: Float32Array<ArrayBuffer>;
  readonly im: Float32Array<ArrayBuffer>;
  readonly frameCount: number;
  readonly binCount: number;
}

/** An empty spectrogram (all zero). */
export function spectrogram(frameCount: number, binCount: number): Spectrogram {
  const size = frameCount * binCount;
  return { re: new Float32Array(size), im: new Float32Array(size), frameCount, binCount };
}

/**
 * Short-time Fourier transform with one window for both directions. Frames are unscaled (as numpy.fft.rfft of the
 * windowed samples). {@link overlapAdd} of unchanged frames of all bins gives the samples back wherever every frame that covers
 * a sample was added.
 */
export class Stft {
  readonly fftSize: number;
  readonly hopSamples: number;
  readonly binCount: number;
  private readonly fft: RealTransform;
  private readonly invertible: boolean;
  private readonly window: Float32Array;
  private readonly synthesisWindow: Float32Array;

  constructor(options: StftOptions) {
    this.fftSize = options.fftSize;
    this.hopSamples = options.hopSamples;
    this.fft = options.fft ?? new RealFft(this.fftSize);
    if (this.fft.size !== this.fftSize) throw new RangeError(`a transform of ${this.fft.size}`);
    this.binCount = options.binCount ?? this.fft.binCount;
    this.window = options.window ?? hannWindow(this.fftSize);
    const sums = new Float64Array(this.hopSamples);
    this.window.forEach((w, n) => (sums[n % this.hopSamples]! += w * w));
    // Dividing by the sum of the squared windows over a sample makes the pair exact for any hop, Hann at half a window too.
    this.invertible = Math.min(...sums) > 1e-6 * Math.max(...sums);
    this.synthesisWindow = this.window.map((w, n) => w / (sums[n % this.hopSamples]! || 1));
  }

  /**
   * Frame t takes `fftSize` samples from `startSamples + t * hopSamples`; samples outside `input` count as zero.
   * `startSamples` may be negative.
   */
  analyse(input: FloatArray, startSamples: number, frameCount: number): Spectrogram {
    const out = spectrogram(frameCount, this.binCount);
    this.analyseInto(out, input, startSamples);
    return out;
  }

  /** As {@link analyse}, over what `out` held: new memory for every window costs as much as the transforms. */
  analyseInto(out: Spectrogram, input: FloatArray, startSamples: number): void {
    if (out.binCount !== this.binCount) throw new RangeError(`frames of ${out.binCount} bins`);
    const { fft, window, fftSize } = this;
    const { frame } = fft;
    for (let t = 0; t < out.frameCount; t++) {
      const start = startSamples + t * this.hopSamples;
      const from = Math.min(fftSize, Math.max(0, -start));
      const to = Math.max(from, Math.min(fftSize, input.length - start));
      frame.fill(0, 0, from);
      for (let n = from; n < to; n++) frame[n] = input[start + n]! * window[n]!;
      frame.fill(0, to);
      fft.forward(frame, out.re, out.im, 0, t * this.binCount, this.binCount);
    }
  }

  /**
   * Adds frames `[fromFrame, toFrame)` of `frames` to `output`: the first of them at `startSamples`, each next one a hop
   * later. What falls outside `output` is dropped. Throws RangeError where this window and hop leave samples uncovered.
   */
  overlapAdd(
    frames: Spectrogram,
    output: FloatArray,
    startSamples: number,
    fromFrame = 0,
    toFrame = frames.frameCount,
  ): void {
    if (!this.invertible) throw new RangeError(`hop ${this.hopSamples} leaves gaps between the windows`);
    const { fft, synthesisWindow, fftSize } = this;
    const { frame } = fft;
    for (let t = fromFrame; t < toFrame; t++) {
      const start = startSamples + (t - fromFrame) * this.hopSamples;
      const from = Math.max(0, -start);
      const to = Math.min(fftSize, output.length - start);
      if (to <= from) continue;
      fft.inverse(frames.re, frames.im, frame, t * this.binCount, 0, this.binCount);
      for (let n = from; n < to; n++) output[start + n]! += frame[n]! * synthesisWindow[n]!;
    }
  }

  /** The start of the first frame that touches sample 0, and how many frames touch `lengthSamples` samples from there. */
  cover(lengthSamples: number): { readonly startSamples: number; readonly frameCount: number } {
    const lead = Math.ceil(this.fftSize / this.hopSamples) - 1;
    return {
      startSamples: -lead * this.hopSamples,
      frameCount: lead + Math.ceil(lengthSamples / this.hopSamples),
    };
  }
}
