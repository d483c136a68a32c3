import { Stft, spectrogram } from '$lib/audio/dsp/stft';
import type { Tensor } from '../types';
import { BINS, CHUNK_SAMPLES, FFT_SIZE, FRAMES, HOP_SAMPLES } from './htdemucs-contract';

/** Frame t begins this many samples before `t * HOP_SAMPLES`; what lies outside the chunk is mirrored. */
const LEAD_SAMPLES = (HOP_SAMPLES / 2) * 3;
const PADDED_SAMPLES = (FRAMES - 1) * HOP_SAMPLES + FFT_SIZE;
/** The published network was trained on transforms divided by the root of their size. */
const SCALE = Math.sqrt(FFT_SIZE);
const BIN_COUNT = BINS + 1;

const stft = new Stft({ fftSize: FFT_SIZE, hopSamples: HOP_SAMPLES });

/**
 * Two channels of CHUNK_SAMPLES -> [1, 4, BINS, FRAMES]: left real, left imaginary, right real, right imaginary.
 * The geometry is that of HTDemucs (Rouard, Massa, Defossez 2023): 2,048 + 1,536 samples of padding less two frames.
 */
export function chunkSpectrum(channels: readonly Float32Array[]): Tensor {
  const plane = BINS * FRAMES;
  const data = new Float32Array(4 * plane);
  for (const [index, channel] of channels.entries()) {
    const { re, im } = stft.analyse(mirrored(channel), 0, FRAMES);
    for (let frame = 0; frame < FRAMES; frame++) {
      for (let bin = 0; bin < BINS; bin++) {
        const to = 2 * index * plane + bin * FRAMES + frame;
        data[to] = re[frame * BIN_COUNT + bin]! / SCALE;
        data[to + plane] = im[frame * BIN_COUNT + bin]! / SCALE;
      }
    }
  }
  return { data, dims: [1, 4, BINS, FRAMES] };
}

/** The samples of one source and channel (0 or 1) in the frequency output [1, 4, 4, BINS, FRAMES]. */
export function sourceSamples(frequency: Tensor, source: number, channel: number): Float32Array<ArrayBuffer> {
  const plane = BINS * FRAMES;
  const base = (source * 4 + 2 * channel) * plane;
  const frames = spectrogram(FRAMES, BIN_COUNT);
  for (let bin = 0; bin < BINS; bin++) {
    for (let frame = 0; frame < FRAMES; frame++) {
      const from = base + bin * FRAMES + frame;
      frames.re[frame * BIN_COUNT + bin] = frequency.data[from]! * SCALE;
      frames.im[frame * BIN_COUNT + bin] = frequency.data[from + plane]! * SCALE;
    }
  }
  const padded = new Float32Array(PADDED_SAMPLES);
  stft.overlapAdd(frames, padded, 0);
  return padded.slice(LEAD_SAMPLES, LEAD_SAMPLES + CHUNK_SAMPLES);
}

function mirrored(channel: Float32Array): Float32Array {
  const out = new Float32Array(PADDED_SAMPLES);
  const last = CHUNK_SAMPLES - 1;
  for (let n = 0; n < PADDED_SAMPLES; n++) {
    let at = Math.abs(n - LEAD_SAMPLES);
    if (at > last) at = 2 * last - at;
    out[n] = channel[at]!;
  }
  return out;
}
