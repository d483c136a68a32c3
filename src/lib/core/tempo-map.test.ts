import { describe, expect, it } from 'vitest';
import { TempoMap } from './tempo-map';

describe('TempoMap', () => {
  it('converts both ways across tempo changes', () => {
    const map = TempoMap.fromTicks([
      { tick: 0, bpm: 120 },
      { tick: 1920, bpm: 60 },
      { tick: 2880, bpm: 90 },
    ]);
    expect(map.ticksToSeconds(1920)).toBeCloseTo(1, 12);
    expect(map.ticksToSeconds(2880)).toBeCloseTo(2, 12);
    for (const seconds of [-0.5, 0, 0.3, 1, 1.5, 2, 7.25]) {
      expect(map.ticksToSeconds(map.secondsToTicks(seconds))).toBeCloseTo(seconds, 9);
    }
  });

  it('starts where the first bar starts, not where the file starts', () => {
    const map = TempoMap.constant(120, 0.25);
    expect(map.secondsToTicks(0.25)).toBe(0);
    expect(map.secondsToTicks(0)).toBe(-480);
  });

  it('lets the later of two changes at one tick win and supplies 120 before the first', () => {
    const map = TempoMap.fromTicks([
      { tick: 960, bpm: 100 },
      { tick: 960, bpm: 80 },
    ]);
    expect(map.points).toEqual([
      { seconds: 0, tick: 0, bpm: 120 },
      { seconds: 0.5, tick: 960, bpm: 80 },
    ]);
  });

  it('rejects what is no tempo', () => {
    expect(() => TempoMap.constant(0)).toThrow(RangeError);
    expect(() => TempoMap.constant(Number.NaN)).toThrow(RangeError);
    expect(() => TempoMap.fromPoints([])).toThrow(RangeError);
  });
});
