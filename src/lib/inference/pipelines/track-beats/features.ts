/**
 * Input of the beat networks: log-filtered spectrogram at 50 frames a second and its rise. Follows the published signal
 * chain of madmom / BeatNet (Boeck et al. 2016); equal to training/beats/features.py to 1e-4 (golden test).
 */

import { fastRealFft } from '$lib/audio/dsp/fast-fft';
import type { RealTransform } from '$lib/audio/dsp/fft';

export const BEAT_SAMPLE_RATE_HZ = 22_050;
export const BEAT_FRAMES_PER_SECOND = 50;
const FRAME_SAMPLES = 1411;
const HOP_SAMPLES = BEAT_SAMPLE_RATE_HZ / BEAT_FRAMES_PER_SECOND;
const BINS = FRAME_SAMPLES >> 1;
const BANDS_PER_OCTAVE = 24;
const LOWEST_HZ = 30;
const HIGHEST_HZ = 17_000;
const REFERENCE_HZ = 440;

interface Band {
  readonly firstBin: number;
  readonly weights: Float32Array;
}

/** Triangles between neighbouring distinct bins nearest to the musical frequencies, each of area 1. */
function filterBank(): Band[] {
  // The reference names its bins by a transform of 2 * BINS samples, one less than a frame has.
  const binHz = BEAT_SAMPLE_RATE_HZ / (2 * BINS);
  const from = Math.floor(Math.log2(LOWEST_HZ / REFERENCE_HZ) * BANDS_PER_OCTAVE);
  const to = Math.ceil(Math.log2(HIGHEST_HZ / REFERENCE_HZ) * BANDS_PER_OCTAVE);
  const bins: number[] = [];
  for (let step = from; step < to; step++) {
    const hz = REFERENCE_HZ * 2 ** (step / BANDS_PER_OCTAVE);
    if (hz < LOWEST_HZ || hz > HIGHEST_HZ) continue;
    const above = Math.min(BINS - 1, Math.max(1, Math.ceil(hz / binHz)));
    const bin = hz - (above - 1) * binHz < above * binHz - hz ? above - 1 : above;
    if (bins.at(-1) !== bin) bins.push(bin);
  }
  const bands: Band[] = [];
  for (let i = 0; i + 2 < bins.length; i++) {
    const start = bins[i]!;
    let centre = bins[i + 1]!;
    let stop = bins[i + 2]!;
    if (stop - start < 2) {
      centre = start;
      stop = start + 1;
    }
    const weights = new Float32Array(stop - start);
    for (let k = start; k < centre; k++) weights[k - start] = (k - start) / (centre - start);
    for (let k = centre; k < stop; k++) weights[k - start] = 1 - (k - centre) / (stop - centre);
    const area = weights.reduce((sum, w) => sum + w, 0);
    for (let k = 0; k < weights.length; k++) weights[k]! /= area;
    bands.push({ firstBin: start, weights });
  }
  return bands;
}

const BANK: readonly Band[] = filterBank();
/** Bands a frame. */
export const BEAT_BANDS = BANK.length;

/** Frames of a recording of `lengthSamples` at {@link BEAT_SAMPLE_RATE_HZ}. */
export function beatFrameCount(lengthSamples: number): number {
  return Math.ceil(lengthSamples / HOP_SAMPLES);
}

/** Computes single frames of {@link logBands}; owns its work memory. */
class FrameAnalyser {
  private readonly re: Float64Array;
  private readonly im: Float64Array;
  private readonly magnitude = new Float64Array(BINS);
  private readonly block = new Float64Array(FRAME_SAMPLES);
  private readonly window = Float64Array.from(
    { length: FRAME_SAMPLES },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (FRAME_SAMPLES - 1)),
  );

  constructor(private readonly fft: RealTransform) {
    this.re = new Float64Array(fft.binCount);
    this.im = new Float64Array(fft.binCount);
  }

  /** Writes one frame that begins at `first` of `mono`; samples outside are zero. */
  write(mono: Float32Array, first: number, out: Float32Array, offset: number): void {
    const { re, im, magnitude, block, window } = this;
    for (let n = 0; n < FRAME_SAMPLES; n++) block[n] = (mono[first + n] ?? 0) * window[n]!;
    this.fft.forward(block, re, im);
    for (let k = 0; k < BINS; k++) magnitude[k] = Math.sqrt(re[k]! ** 2 + im[k]! ** 2);
    for (let b = 0; b < BEAT_BANDS; b++) {
      const { firstBin, weights } = BANK[b]!;
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * magnitude[firstBin + k]!;
      out[offset + b] = Math.log10(1 + sum);
    }
  }
}

/** {@link logBands} of a recording that arrives in blocks; the result does not depend on how it is cut. */
export class LogBandStream {
  private readonly analyser: FrameAnalyser;
  private pending = new Float32Array(0);
  private pendingStart = 0;
  private received = 0;
  private frames = 0;

  private constructor(fft: RealTransform) {
    this.analyser = new FrameAnalyser(fft);
  }

  static async create(): Promise<LogBandStream> {
    return new LogBandStream(await fastRealFft(FRAME_SAMPLES));
  }

  /** [new frames, bands] that `block` completes; `last` completes the recording. */
  push(block: Float32Array, last = false): Float32Array<ArrayBuffer> {
    const joined = new Float32Array(this.pending.length + block.length);
    joined.set(this.pending);
    joined.set(block, this.pending.length);
    this.received += block.length;
    const complete = Math.floor((this.received - (FRAME_SAMPLES - (FRAME_SAMPLES >> 1))) / HOP_SAMPLES) + 1;
    const until = last ? beatFrameCount(this.received) : Math.max(this.frames, complete);
    const out = new Float32Array((until - this.frames) * BEAT_BANDS);
    for (let frame = this.frames; frame < until; frame++) {
      const first = frame * HOP_SAMPLES - (FRAME_SAMPLES >> 1) - this.pendingStart;
      this.analyser.write(joined, first, out, (frame - this.frames) * BEAT_BANDS);
    }
    this.frames = until;
    const keepFrom = Math.max(this.pendingStart, until * HOP_SAMPLES - (FRAME_SAMPLES >> 1));
    this.pending = joined.slice(keepFrom - this.pendingStart);
    this.pendingStart = keepFrom;
    return out;
  }
}

/**
 * [frames, {@link BEAT_BANDS}] log10(1 + filtered magnitude), frame i centred on sample 441 i.
 *
 * @param mono audio at {@link BEAT_SAMPLE_RATE_HZ}.
 */
export async function logBands(mono: Float32Array): Promise<Float32Array<ArrayBuffer>> {
  return (await LogBandStream.create()).push(mono, true);
}

/** The features of the same recording `gain` times as loud, in place. */
export function applyGain(bands: Float32Array, gain: number): void {
  for (let i = 0; i < bands.length; i++) bands[i] = Math.log10(1 + gain * (10 ** bands[i]! - 1));
}

/**
 * [frames, 2 x bands]: the bands and their positive first difference.
 *
 * @param before the frame in front of the first one; without it the first difference is zero.
 */
export function withRise(bands: Float32Array, before?: Float32Array): Float32Array<ArrayBuffer> {
  const frames = bands.length / BEAT_BANDS;
  const out = new Float32Array(frames * BEAT_BANDS * 2);
  for (let frame = 0; frame < frames; frame++) {
    for (let b = 0; b < BEAT_BANDS; b++) {
      const value = bands[frame * BEAT_BANDS + b]!;
      out[frame * BEAT_BANDS * 2 + b] = value;
      const previous = frame > 0 ? bands[(frame - 1) * BEAT_BANDS + b]! : (before?.[b] ?? value);
      out[frame * BEAT_BANDS * 2 + BEAT_BANDS + b] = Math.max(0, value - previous);
    }
  }
  return out;
}
