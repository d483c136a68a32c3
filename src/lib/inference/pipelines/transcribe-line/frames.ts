/** Input of CREPE: frames of 1,024 samples at 16 kHz, and the level of each. Equal to training/crepe_export (golden test). */

export const LINE_SAMPLE_RATE_HZ = 16_000;
export const CREPE_WINDOW_SAMPLES = 1024;
/** 20 ms: half as dense as the network was trained on, which pitch does not need; onsets come from the level. */
export const LINE_HOP_SAMPLES = 320;
export const LINE_FRAMES_PER_SECOND = LINE_SAMPLE_RATE_HZ / LINE_HOP_SAMPLES;
/** The level is measured every 5 ms. */
const LEVEL_HOP_SAMPLES = 80;
export const LEVELS_PER_FRAME = LINE_HOP_SAMPLES / LEVEL_HOP_SAMPLES;
const LEVEL_WINDOW_HOPS = 4;
const SILENCE_DB = -100;

export function lineFrameCount(lengthSamples: number): number {
  return lengthSamples > 0 ? 1 + Math.floor(lengthSamples / LINE_HOP_SAMPLES) : 0;
}

/**
 * Writes the frame centred on sample `frame` x 320 of `mono`, with mean 0 and (sample) deviation 1. A silent frame is
 * all zero, which the network was never asked about: callers leave such frames out.
 */
export function writeFrame(mono: Float32Array, frame: number, out: Float32Array, offset: number): void {
  const first = frame * LINE_HOP_SAMPLES - CREPE_WINDOW_SAMPLES / 2;
  let mean = 0;
  for (let n = 0; n < CREPE_WINDOW_SAMPLES; n++) mean += (mono[first + n] ?? 0) / CREPE_WINDOW_SAMPLES;
  let energy = 0;
  for (let n = 0; n < CREPE_WINDOW_SAMPLES; n++) {
    const value = (mono[first + n] ?? 0) - mean;
    out[offset + n] = value;
    energy += value * value;
  }
  const deviation = Math.max(1e-10, Math.sqrt(energy / (CREPE_WINDOW_SAMPLES - 1)));
  for (let n = 0; n < CREPE_WINDOW_SAMPLES; n++) out[offset + n]! /= deviation;
}

/** Gathers the level of audio that arrives in blocks, whose lengths (but the last) are multiples of {@link LEVEL_HOP_SAMPLES}. */
export class LevelMeter {
  private readonly energies: Float64Array;

  constructor(private readonly lengthSamples: number) {
    this.energies = new Float64Array(Math.ceil(lengthSamples / LEVEL_HOP_SAMPLES));
  }

  /** @param first the place of `mono` in the recording, in samples. */
  add(mono: Float32Array, first: number): void {
    const to = Math.min(mono.length, this.lengthSamples - first);
    for (let n = 0; n < to; n++) {
      this.energies[Math.floor((first + n) / LEVEL_HOP_SAMPLES)]! += mono[n]! * mono[n]!;
    }
  }

  /** Level in dB (full scale sine = -3) every 5 ms, centred on sample i x 80. */
  levelsDb(): Float32Array<ArrayBuffer> {
    const { energies } = this;
    const reach = LEVEL_WINDOW_HOPS / 2;
    const out = new Float32Array(lineFrameCount(this.lengthSamples) * LEVELS_PER_FRAME);
    for (let i = 0; i < out.length; i++) {
      let energy = 0;
      for (let hop = Math.max(0, i - reach); hop < i + reach; hop++) energy += energies[hop] ?? 0;
      const power = energy / (LEVEL_WINDOW_HOPS * LEVEL_HOP_SAMPLES);
      out[i] = Math.max(SILENCE_DB, 10 * Math.log10(Math.max(1e-12, power)));
    }
    return out;
  }
}

/** How far below its loud passages a line may fall before it counts as silent. */
const ACTIVE_RANGE_DB = 45;
const LEAST_ACTIVE_DB = -70;

/** Frames in which something sounds: only these are worth the network's time. */
export function activeFrames(levels: Float32Array): Uint8Array {
  const frames = levels.length / LEVELS_PER_FRAME;
  const sorted = Float32Array.from(levels).sort();
  const loud = sorted[Math.floor(sorted.length * 0.95)] ?? SILENCE_DB;
  const threshold = Math.max(LEAST_ACTIVE_DB, loud - ACTIVE_RANGE_DB);
  const active = new Uint8Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    for (let k = -2; k <= LEVELS_PER_FRAME + 1; k++) {
      if ((levels[frame * LEVELS_PER_FRAME + k] ?? SILENCE_DB) > threshold) active[frame] = 1;
    }
  }
  return active;
}
