import { memoryReader } from '$lib/core/audio';
import { describe, expect, it } from 'vitest';
import type { PipelineEnv } from '../types';
import { isAudible, measureLevel } from './stem-levels';

const RATE_HZ = 1000;
const env: PipelineEnv = {
  infer: () => Promise.reject(new Error('no network here')),
  model: () => undefined,
  signal: new AbortController().signal,
  report: () => undefined,
};

function tone(seconds: number, gain: (t: number) => number): ReturnType<typeof memoryReader> {
  const channel = Float32Array.from({ length: seconds * RATE_HZ }, (_, i) => gain(i / RATE_HZ) * Math.sin(i));
  return memoryReader({ sampleRateHz: RATE_HZ, channels: [channel] });
}

describe('stem levels', () => {
  it('judges a part by where it plays, not by its rests', async () => {
    const level = await measureLevel(
      tone(60, (t) => (t < 10 ? 0.5 : 0)),
      env,
    );
    expect(level.loudRms).toBeCloseTo(0.5 / Math.SQRT2, 2);
    expect(level.rms).toBeLessThan(level.loudRms / 2);
  });

  it('takes far quieter stems for residue, and silence for nothing', async () => {
    const mix = await measureLevel(
      tone(5, () => 0.5),
      env,
    );
    const quiet = { loudRms: mix.loudRms / 100, rms: mix.rms / 100 };
    expect(isAudible('vocals', quiet, mix)).toBe(false);
    expect(isAudible('vocals', { loudRms: mix.loudRms / 4, rms: 0 }, mix)).toBe(true);
    expect(isAudible('other', { loudRms: 0, rms: 0 }, mix)).toBe(false);
    expect(isAudible('drums', { loudRms: 1e-5, rms: 0 }, { loudRms: 1e-5, rms: 0 })).toBe(false);
  });

  it('measures nothing in an empty recording', async () => {
    expect(
      await measureLevel(
        tone(0, () => 1),
        env,
      ),
    ).toEqual({ loudRms: 0, rms: 0 });
  });
});
