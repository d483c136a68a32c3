import type { Spectrogram } from '$lib/audio/dsp/stft';
import { FFT_SIZE } from './constants';

/** Energy of a Hann-windowed frame of FFT_SIZE samples of RMS 1, summed over its bins of positive frequency (Parseval). */
const FRAME_ENERGY = (FFT_SIZE * FFT_SIZE * 3) / 16;
/** A window this much below the level asked for (30 dB) is not raised further: it would be noise. */
const MOST_GAIN = 32;

/** The factor that brings a window to `rms`, measured on its spectrograms. Networks hear every recording at one level. */
export function levelGain(channels: readonly Spectrogram[], rms: number): number {
  let energy = 0;
  let frames = 0;
  for (const { re, im, frameCount } of channels) {
    for (let i = 0; i < re.length; i++) energy += re[i]! * re[i]! + im[i]! * im[i]!;
    frames += frameCount;
  }
  const measured = Math.sqrt(energy / (frames * FRAME_ENERGY));
  return Math.min(MOST_GAIN, rms / Math.max(measured, 1e-9));
}
