/** Input of CREPE: frames of 1,024 samples at 16 kHz, and the level of each. Equal to training/crepe_export (golden test). */

export const LINE_SAMPLE_RATE_HZ = 16_000;
export const CREPE_WINDOW_SAMPLES = 1024;
/** 20 ms: half as dense as the network was trained on, which pitch does not need; onsets come from the level. */
const LINE_HOP_SAMPLES = 320;
export const LINE_FRAMES_PER_SECOND = LINE_SAMPLE_RATE_HZ / LINE_HOP_SAMPLES;
/** The level is measured every 5 ms. */
const LEVEL_HOP_SAMPLES = 80;
export const LEVELS_PER_FRAME = LINE_HOP_SAMPLES / LEVEL_HOP_SAMPLES;
const LEVEL_WINDOW_SAMPLES = 320;
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

/** Level in dB (full scale sine = -3) every 5 ms, centred on sample i x 80. */
export function levelsDb(mono: Float32Array): Float32Array<ArrayBuffer> {
  const count = lineFrameCount(mono.length) * LEVELS_PER_FRAME;
  const squares = new Float64Array(mono.length + 1);
  for (let n = 0; n < mono.length; n++) squares[n + 1] = squares[n]! + mono[n]! ** 2;
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const from = Math.max(0, i * LEVEL_HOP_SAMPLES - LEVEL_WINDOW_SAMPLES / 2);
    const to = Math.min(mono.length, i * LEVEL_HOP_SAMPLES + LEVEL_WINDOW_SAMPLES / 2);
    const power = to > from ? (squares[to]! - squares[from]!) / LEVEL_WINDOW_SAMPLES : 0;
    out[i] = Math.max(SILENCE_DB, 10 * Math.log10(Math.max(1e-12, power)));
  }
  return out;
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
