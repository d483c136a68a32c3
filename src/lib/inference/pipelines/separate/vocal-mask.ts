import type { Spectrogram } from '$lib/audio/dsp/stft';
import type { PipelineEnv, Tensor } from '../types';
import { BIN_COUNT, VOCAL_MODEL_ID, WINDOW_FRAMES } from './constants';
import { levelGain } from './level';

/** The model sees the bins below 11 kHz. */
const MODEL_BINS = 1024;

/** As loud as mastered records are: the model was trained on those, and loses 1-3 dB on quiet files. */
const LEVEL_RMS = 0.2;

/** Magnitudes [1, 2, WINDOW_FRAMES, 1024]; missing frames are zero. */
export function vocalModelInput(channels: readonly [Spectrogram, Spectrogram]): Tensor {
  const gain = levelGain(channels, LEVEL_RMS);
  const data = new Float32Array(2 * WINDOW_FRAMES * MODEL_BINS);
  channels.forEach(({ re, im, frameCount }, channel) => {
    for (let frame = 0; frame < frameCount; frame++) {
      const from = frame * BIN_COUNT;
      const to = (channel * WINDOW_FRAMES + frame) * MODEL_BINS;
      for (let bin = 0; bin < MODEL_BINS; bin++) {
        const a = re[from + bin]!;
        const b = im[from + bin]!;
        data[to + bin] = gain * Math.sqrt(a * a + b * b);
      }
    }
  });
  return { data, dims: [1, 2, WINDOW_FRAMES, MODEL_BINS] };
}

/** The mask the model answers, as {@link vocalModelInput} is laid out. */
export async function inferVocalMask(env: PipelineEnv, magnitude: Tensor): Promise<Tensor> {
  const { vocalMask } = await env.infer(VOCAL_MODEL_ID, { magnitude });
  if (vocalMask === undefined) throw new Error(`${VOCAL_MODEL_ID} gave no vocalMask`);
  return vocalMask;
}

/** The voice of one channel (0 or 1) as a mask for `frameCount` frames of BIN_COUNT bins; 0 above the model's range. */
export function channelMask(mask: Tensor, channel: number, frameCount: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(frameCount * BIN_COUNT);
  for (let frame = 0; frame < frameCount; frame++) {
    const from = (channel * WINDOW_FRAMES + frame) * MODEL_BINS;
    out.set(mask.data.subarray(from, from + MODEL_BINS), frame * BIN_COUNT);
  }
  return out;
}
