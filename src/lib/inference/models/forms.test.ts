import { describe, expect, it } from 'vitest';
import { memoryReader } from '$lib/core/audio';
import { Stft } from '$lib/audio/dsp/stft';
import { nodeEnv } from '../../../../tests/helpers/node-env';
import { FFT_SIZE, HOP_SAMPLES } from '../pipelines/separate/constants';
import { percussiveShare } from '../pipelines/separate/dsp-masks';
import { splitFeatures } from '../pipelines/separate/split-net';
import { decodeNotes } from '../pipelines/transcribe-notes/decode';
import { hearNotes } from '../pipelines/transcribe-notes/pipeline';

const RATE_HZ = 16_000;
const SECONDS = 8;

/** Four notes a second of a broken chord, each a decaying row of partials, over a low drone and a click on each second. */
function music(): Float32Array<ArrayBuffer> {
  const out = new Float32Array(SECONDS * RATE_HZ);
  const pitches = [60, 64, 67, 72];
  const hz = (pitch: number): number => 440 * 2 ** ((pitch - 69) / 12);
  for (let n = 0; n < out.length; n++) {
    const seconds = n / RATE_HZ;
    const beat = Math.floor(seconds * 4);
    const since = seconds - beat / 4;
    const tone = hz(pitches[beat % 4]!) * 2 * Math.PI * since;
    for (let partial = 1; partial <= 6; partial++)
      out[n]! += (0.2 / partial) * Math.exp(-6 * since * partial ** 0.5) * Math.sin(tone * partial);
    out[n]! += 0.15 * Math.sin(2 * Math.PI * hz(36) * seconds);
    const sinceSecond = seconds % 1;
    out[n]! += 0.3 * Math.exp(-80 * sinceSecond) * Math.sin(n * n);
  }
  return out;
}

function meanDistance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

/** The exporter prints how far recordings move the outputs (training/common/int8.py); here it is seen that the shipped pair belongs together. */
describe('the forms of a network for WebGPU and for WASM', () => {
  const sound = music();

  it('hear the same notes', async () => {
    const audio = memoryReader({ sampleRateHz: RATE_HZ, channels: [sound] });
    const heard = async (form: 'webgpu' | 'wasm'): Promise<string[]> =>
      decodeNotes(await hearNotes({ audio }, nodeEnv([], form)), { onset: 0.4, frame: 0.65 }).map(
        ({ pitch, startSeconds }) => `${pitch} at ${startSeconds.toFixed(1)}`,
      );
    const [floats, integers] = [await heard('webgpu'), await heard('wasm')];
    expect(floats.length).toBeGreaterThan(4 * (SECONDS - 1));
    const both = integers.filter((note) => floats.includes(note)).length;
    expect(both / Math.max(floats.length, integers.length)).toBeGreaterThan(0.9);
  });

  it('split a mix in the same way', async () => {
    const stft = new Stft({ fftSize: FFT_SIZE, hopSamples: HOP_SAMPLES });
    const { startSamples, frameCount } = stft.cover(sound.length);
    const spectrum = stft.analyse(sound, startSamples, frameCount);
    const magnitude = spectrum.re.map((re, i) => Math.hypot(re, spectrum.im[i]!));
    const features = splitFeatures([spectrum, spectrum], percussiveShare(magnitude, frameCount));
    const masks = async (form: 'webgpu' | 'wasm'): Promise<Float32Array> =>
      (await nodeEnv([], form).infer('split', { features })).masks!.data;
    const [floats, integers] = [await masks('webgpu'), await masks('wasm')];
    const spread = meanDistance(
      floats,
      new Float32Array(floats.length).fill(floats.reduce((a, b) => a + b) / floats.length),
    );
    expect(spread).toBeGreaterThan(0.05);
    expect(meanDistance(floats, integers)).toBeLessThan(0.1 * spread);
  });
});
