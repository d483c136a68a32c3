import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Stft } from '$lib/audio/dsp/stft';
import { FFT_SIZE, HOP_SAMPLES, WINDOW_FRAMES } from './constants';
import { dspMasks, percussiveShare } from './dsp-masks';
import { splitFeatures } from './split-net';

interface Golden {
  readonly frames: number;
  readonly step: number;
  readonly features: readonly number[];
  readonly drums: readonly number[];
  readonly bass: readonly number[];
}

const file = path.join(process.cwd(), 'tests', 'fixtures', 'golden', 'split-features.json');
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

function noise(length: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 1073741824 - 1;
  });
}

/** The sound of training/split/export.py: noise bursts over tones, different left and right. */
function testSound(length: number): [Float32Array, Float32Array] {
  const channel = (level: number, seed: number, tone: number, hz: number): Float32Array => {
    const bursts = noise(length, seed);
    return Float32Array.from({ length }, (_, n) => {
      const burst = n % 11_025 < 1500 ? level * bursts[n]! : 0;
      return burst + 0.3 * Math.sin(n * 0.01) + tone * Math.sin(n * hz);
    });
  };
  return [channel(0.2, 1, 0.1, 0.2), channel(0.1, 2, 0.2, 0.31)];
}

function closest(got: (index: number) => number, want: readonly number[]): number {
  return want.reduce((most, value, k) => Math.max(most, Math.abs(got(k) - value)), 0);
}

describe('the split as trained in Python', () => {
  const stft = new Stft({ fftSize: FFT_SIZE, hopSamples: HOP_SAMPLES });
  const sound = testSound(24_000);
  const { startSamples, frameCount } = stft.cover(24_000);
  const [left, right] = sound.map((channel) => stft.analyse(channel, startSamples, frameCount)) as [
    ReturnType<Stft['analyse']>,
    ReturnType<Stft['analyse']>,
  ];
  const magnitude = left.re.map(
    (_, i) => (Math.hypot(left.re[i]!, left.im[i]!) + Math.hypot(right.re[i]!, right.im[i]!)) / 2,
  );
  const share = percussiveShare(magnitude, frameCount);

  it('sees the same frames', () => {
    expect(frameCount).toBe(golden.frames);
  });

  it('has the same untrained masks', () => {
    const { drums, bass } = dspMasks(share);
    expect(closest((k) => drums[k * golden.step]!, golden.drums)).toBeLessThan(1e-3);
    expect(closest((k) => bass[k * golden.step]!, golden.bass)).toBeLessThan(1e-3);
  });

  it('feeds the network the same features', () => {
    const { data, dims } = splitFeatures([left, right], share);
    expect(dims).toEqual([1, 40, WINDOW_FRAMES, 96]);
    // The fixture holds only the frames there are; the window is padded to WINDOW_FRAMES.
    const at = (flat: number): number => {
      const place = flat % 96;
      const frame = Math.floor(flat / 96) % frameCount;
      const channel = Math.floor(flat / 96 / frameCount);
      return data[(channel * WINDOW_FRAMES + frame) * 96 + place]!;
    };
    expect(closest((k) => at(k * golden.step), golden.features)).toBeLessThan(2e-3);
  });
});
