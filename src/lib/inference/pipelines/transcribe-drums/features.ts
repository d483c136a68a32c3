/**
 * Input of the drum network: log energies of 80 mel-spaced bands at about 100 frames a second. Equal to
 * training/drums/features.py (golden test tests/fixtures/golden/drums-features.json).
 */

import { fastRealFft } from '$lib/audio/dsp/fast-fft';
import type { RealTransform } from '$lib/audio/dsp/fft';

export const DRUM_SAMPLE_RATE_HZ = 22_050;
export const DRUM_HOP_SAMPLES = 220;
export const DRUM_FRAMES_PER_SECOND = DRUM_SAMPLE_RATE_HZ / DRUM_HOP_SAMPLES;
export const DRUM_BANDS = 80;
export const DRUM_WINDOW_SAMPLES = 1024;
const LOWEST_HZ = 30;
const HIGHEST_HZ = 10_600;
/** The loud parts (95th percentile of block levels) are brought to this RMS. */
const LEVEL_RMS = 0.15;
/** About 0.1 s: the blocks whose level is measured. */
const LEVEL_BLOCK_SAMPLES = 2205;
const LOG_SCALE = 1000 / 512;

interface Band {
  readonly firstBin: number;
  readonly weights: Float32Array;
}

function mel(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

/** Triangles of area 1 evenly spaced on the mel scale (HTK), each at least a bin wide to either side. */
function filterBank(): Band[] {
  const low = mel(LOWEST_HZ);
  const step = (mel(HIGHEST_HZ) - low) / (DRUM_BANDS + 1);
  const binAt = (i: number): number =>
    ((700 * (10 ** ((low + step * i) / 2595) - 1)) / DRUM_SAMPLE_RATE_HZ) * DRUM_WINDOW_SAMPLES;
  return Array.from({ length: DRUM_BANDS }, (_, i) => {
    const centre = binAt(i + 1);
    const from = Math.min(binAt(i), centre - 1);
    const to = Math.max(binAt(i + 2), centre + 1);
    const firstBin = Math.max(0, Math.floor(from) + 1);
    const lastBin = Math.min(DRUM_WINDOW_SAMPLES / 2, Math.ceil(to) - 1);
    const weights = Float32Array.from({ length: lastBin - firstBin + 1 }, (_, k) => {
      const bin = firstBin + k;
      return Math.max(0, Math.min((bin - from) / (centre - from), (to - bin) / (to - centre)));
    });
    const area = weights.reduce((sum, w) => sum + w, 0);
    return { firstBin, weights: weights.map((w) => w / area) };
  });
}

const BANK = filterBank();
const WINDOW = Float64Array.from(
  { length: DRUM_WINDOW_SAMPLES },
  (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / DRUM_WINDOW_SAMPLES),
);

/** Gathers the level of audio that arrives in blocks, and tells the gain the network expects. */
export class DrumLevelMeter {
  private readonly blockRms: number[] = [];
  private sum = 0;
  private count = 0;

  /** `mono` at {@link DRUM_SAMPLE_RATE_HZ}. */
  push(mono: Float32Array): void {
    for (const sample of mono) {
      this.sum += sample * sample;
      if (++this.count === LEVEL_BLOCK_SAMPLES) {
        this.blockRms.push(Math.sqrt(this.sum / this.count));
        this.sum = 0;
        this.count = 0;
      }
    }
  }

  /** The factor that brings the loud parts to the level of the training clips; 1 for silence. */
  gain(): number {
    const levels =
      this.blockRms.length > 0
        ? Float64Array.from(this.blockRms).sort()
        : Float64Array.of(this.count > 0 ? Math.sqrt(this.sum / this.count) : 0);
    const loud = levels[Math.min(levels.length - 1, Math.floor(0.95 * levels.length))]!;
    return loud > 1e-6 ? LEVEL_RMS / loud : 1;
  }
}

/** Frames of a recording of `lengthSamples` at {@link DRUM_SAMPLE_RATE_HZ}. */
export function drumFrameCount(lengthSamples: number): number {
  return Math.ceil(lengthSamples / DRUM_HOP_SAMPLES);
}

/** Computes frames from audio at {@link DRUM_SAMPLE_RATE_HZ}; owns its work memory. */
export class DrumFeatures {
  private readonly re: Float64Array;
  private readonly im: Float64Array;

  private constructor(private readonly fft: RealTransform) {
    this.re = new Float64Array(fft.binCount);
    this.im = new Float64Array(fft.binCount);
  }

  static async create(): Promise<DrumFeatures> {
    return new DrumFeatures(await fastRealFft(DRUM_WINDOW_SAMPLES));
  }

  /**
   * Writes {@link DRUM_BANDS} values of one frame.
   *
   * @param mono samples, at least half a window of them on either side of `centre`.
   * @param centre index in `mono` of the frame's middle.
   * @param gain from {@link DrumLevelMeter}.
   */
  frame(mono: Float32Array, centre: number, gain: number, out: Float32Array, outOffset: number): void {
    const { fft, re, im } = this;
    const block = fft.frame;
    const first = centre - DRUM_WINDOW_SAMPLES / 2;
    for (let n = 0; n < DRUM_WINDOW_SAMPLES; n++) {
      block[n] = mono[first + n]! * gain * WINDOW[n]!;
    }
    fft.forward(block, re, im);
    for (let b = 0; b < DRUM_BANDS; b++) {
      const { firstBin, weights } = BANK[b]!;
      let power = 0;
      for (let k = 0; k < weights.length; k++) {
        const bin = firstBin + k;
        power += weights[k]! * (re[bin]! * re[bin]! + im[bin]! * im[bin]!);
      }
      out[outOffset + b] = Math.log10(1 + LOG_SCALE * Math.sqrt(power));
    }
  }
}
