import type { Spectrogram } from '$lib/audio/dsp/stft';
import type { PipelineEnv, Tensor } from '../types';
import { ROW_COUNT, ROW_EDGES, ROW_OF_BIN } from './bands';
import { BIN_COUNT, SPLIT_MODEL_ID, WINDOW_FRAMES } from './constants';
import type { SplitMasks } from './dsp-masks';
import { levelGain } from './level';

/** Neighbouring rows become channels: the network works on POSITIONS places of FOLD rows. */
const FOLD = 8;
const POSITIONS = ROW_COUNT / FOLD;
/** Of one stem in the network's answer. */
const STEM_VALUES = FOLD * WINDOW_FRAMES * POSITIONS;
/** Levels of left, right, mid and side, and the percussive share. */
const FEATURES = 5;
/** The level that every window is brought to. */
const LEVEL_RMS = 0.1;
/**
 * The network's input [1, FEATURES * FOLD, WINDOW_FRAMES, POSITIONS] for the accompaniment of one window: for each row
 * log10(1 + 3 sqrt(mean energy)) of left, right, mid and side, and the percussive share weighted by energy.
 * Golden-tested against training/split/bands.py.
 */
export function splitFeatures(channels: readonly [Spectrogram, Spectrogram], share: Float32Array): Tensor {
  const [left, right] = channels;
  const gain = levelGain(channels, LEVEL_RMS);
  const power = gain * gain;
  const data = new Float32Array(FEATURES * FOLD * WINDOW_FRAMES * POSITIONS);
  const plane = WINDOW_FRAMES * POSITIONS;
  const level = (sum: number, bins: number): number => Math.log10(1 + 3 * Math.sqrt((power * sum) / bins));
  for (let frame = 0; frame < left.frameCount; frame++) {
    for (let row = 0; row < ROW_COUNT; row++) {
      const bins = ROW_EDGES[row + 1]! - ROW_EDGES[row]!;
      let leftSum = 0;
      let rightSum = 0;
      let cross = 0;
      let percussive = 0;
      const end = frame * BIN_COUNT + ROW_EDGES[row + 1]!;
      for (let i = end - bins; i < end; i++) {
        const a = left.re[i]!;
        const b = left.im[i]!;
        const c = right.re[i]!;
        const d = right.im[i]!;
        const l = a * a + b * b;
        const r = c * c + d * d;
        leftSum += l;
        rightSum += r;
        cross += a * c + b * d;
        percussive += (l + r) * share[i]!;
      }
      const total = leftSum + rightSum;
      const at = (row % FOLD) * plane + frame * POSITIONS + Math.floor(row / FOLD);
      const feature = FOLD * plane;
      data[at] = level(leftSum, bins);
      data[at + feature] = level(rightSum, bins);
      data[at + 2 * feature] = level(Math.max(0, (total + 2 * cross) / 4), bins);
      data[at + 3 * feature] = level(Math.max(0, (total - 2 * cross) / 4), bins);
      data[at + 4 * feature] = (power * percussive) / (power * total + 1e-9);
    }
  }
  return { data, dims: [1, FEATURES * FOLD, WINDOW_FRAMES, POSITIONS] };
}

/** The network's answer for one window of accompaniment: the shares of each row, [1, 2 * FOLD, WINDOW_FRAMES, POSITIONS] (drums, bass). */
export async function splitNetRows(
  env: PipelineEnv,
  channels: readonly [Spectrogram, Spectrogram],
  share: Float32Array,
): Promise<Tensor> {
  const { masks } = await env.infer(SPLIT_MODEL_ID, { features: splitFeatures(channels, share) });
  if (masks === undefined) throw new Error(`${SPLIT_MODEL_ID} gave no masks`);
  return masks;
}

/** `weight` of the network's rows, spread over their bins, and the rest of `plain`, written into `plain`. */
export function blendMasks(plain: SplitMasks, rows: Tensor, weight: number): SplitMasks {
  blend(plain.drums, rows.data.subarray(0, STEM_VALUES), weight);
  blend(plain.bass, rows.data.subarray(STEM_VALUES), weight);
  return plain;
}

function blend(mask: Float32Array, answer: Float32Array, weight: number): void {
  const rows = new Float32Array(ROW_COUNT);
  const plane = WINDOW_FRAMES * POSITIONS;
  for (let frame = 0, base = 0; base < mask.length; frame++, base += BIN_COUNT) {
    for (let row = 0; row < ROW_COUNT; row++) {
      rows[row] = answer[(row % FOLD) * plane + frame * POSITIONS + Math.floor(row / FOLD)]!;
    }
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      const had = mask[base + bin]!;
      mask[base + bin] = had + weight * (rows[ROW_OF_BIN[bin]!]! - had);
    }
  }
}
