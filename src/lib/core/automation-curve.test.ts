import { describe, expect, it } from 'vitest';
import { straighten } from './automation-curve';
import type { AutomationPoint } from './project';

const segment = (over: Partial<AutomationPoint>): AutomationPoint[] => [
  { ticks: 0, value: 10, curve: 'curved', ...over },
  { ticks: 1600, value: 30, curve: 'hold' },
];
const valueAt = (points: readonly AutomationPoint[], ticks: number): number =>
  points.find((point) => point.ticks === ticks)!.value;

describe('straightened automation', () => {
  it('leaves straight, held and unknown segments as they are', () => {
    for (const over of [
      { curve: 'linear' },
      { curve: 'hold' },
      { tension: 0 },
      {},
      { tension: 0.5, shape: 'other' },
    ] as const) {
      const points = segment(over);
      expect(straighten(points)).toBe(points);
    }
  });

  it('bends early with positive tension, late with negative, ends where the segment ends', () => {
    const early = straighten(segment({ tension: 0.5 }));
    const late = straighten(segment({ tension: -0.5 }));
    expect(early).toHaveLength(17);
    expect(valueAt(early, 800)).toBeCloseTo(25);
    expect(valueAt(late, 800)).toBeCloseTo(15);
    for (const points of [early, late]) {
      expect(points[0]!.value).toBe(10);
      expect(points.at(-1)).toEqual({ ticks: 1600, value: 30, curve: 'hold' });
      for (const [i, point] of points.entries()) {
        if (i > 0) expect(point.value).toBeGreaterThan(points[i - 1]!.value);
      }
    }
  });

  it('draws a double curve as an S', () => {
    const points = straighten(segment({ tension: -0.5, shape: 'double' }));
    expect(valueAt(points, 400)).toBeCloseTo(12.5);
    expect(valueAt(points, 800)).toBeCloseTo(20);
    expect(valueAt(points, 1200)).toBeCloseTo(27.5);
  });

  it('stays finite at the ends of the scale', () => {
    for (const tension of [-1, 1, 5]) {
      expect(straighten(segment({ tension })).every(({ value }) => Number.isFinite(value))).toBe(true);
    }
  });
});
