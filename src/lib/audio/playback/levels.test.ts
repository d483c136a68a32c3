import { describe, expect, it } from 'vitest';
import {
  audibleGain,
  dbToGain,
  DEFAULT_MIX,
  equalPower,
  gainToDb,
  matchGain,
  rmsOf,
  stemGain,
} from './levels';

describe('levels', () => {
  it('crossfades with constant power and is pure at both ends', () => {
    for (const position of [0, 0.2, 0.5, 0.77, 1]) {
      const { original, midi } = equalPower(position);
      expect(original ** 2 + midi ** 2).toBeCloseTo(1, 12);
    }
    expect(equalPower(0)).toEqual({ original: 1, midi: 0 });
    expect(equalPower(1)).toEqual({ original: 0, midi: 1 });
  });

  it('lets solo silence the others and mute win over solo', () => {
    expect(audibleGain({ ...DEFAULT_MIX, gainDb: -6 }, false)).toBeCloseTo(0.501, 3);
    expect(audibleGain(DEFAULT_MIX, true)).toBe(0);
    expect(audibleGain({ ...DEFAULT_MIX, solo: true }, true)).toBe(1);
    expect(audibleGain({ ...DEFAULT_MIX, solo: true, mute: true }, true)).toBe(0);
    expect(audibleGain({ ...DEFAULT_MIX, gainDb: -Infinity }, false)).toBe(0);
  });

  it('keeps a stem as loud as the loudest track on it', () => {
    expect(stemGain([0, 0.5], false)).toBe(0.5);
    expect(stemGain([0, 0], true)).toBe(0);
    expect(stemGain([], false)).toBe(1);
    expect(stemGain([], true)).toBe(0);
  });

  it('matches loudness within limits and leaves silence alone', () => {
    expect(matchGain(0.1, 0.05)).toBeCloseTo(2, 9);
    expect(gainToDb(matchGain(0.9, 0.001))).toBeCloseTo(18, 6);
    expect(matchGain(0, 0.1)).toBe(1);
    expect(rmsOf([Float32Array.of(0.5, -0.5), Float32Array.of(0.5, -0.5)])).toBeCloseTo(0.5, 6);
    expect(rmsOf([])).toBe(0);
    expect(dbToGain(gainToDb(0.3))).toBeCloseTo(0.3, 9);
  });
});
