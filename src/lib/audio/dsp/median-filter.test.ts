import { describe, expect, it } from 'vitest';
import { MedianFilter } from './median-filter';

function reference(values: readonly number[], width: number): number[] {
  const half = (width - 1) / 2;
  const at = (i: number): number => {
    let k = i;
    while (k < 0 || k >= values.length) k = k < 0 ? -1 - k : 2 * values.length - 1 - k;
    return values[k]!;
  };
  return values.map((_, n) => {
    const window = Array.from({ length: width }, (_, j) => at(n - half + j)).sort((a, b) => a - b);
    return window[half]!;
  });
}

describe('MedianFilter', () => {
  it.each([
    [1, 5],
    [3, 1],
    [9, 100],
    [15, 4],
    [15, 64],
  ])('width %i over %i values', (width, count) => {
    const values = Array.from({ length: count }, (_, n) => Math.fround(((n * 7919) % 23) / 8));
    const out = new Float32Array(count);
    new MedianFilter(width, count).apply(Float32Array.from(values), out, { offset: 0, stride: 1, count });
    expect([...out]).toEqual(reference(values, width));
  });

  it('runs over columns in place', () => {
    const table = Float32Array.from([5, 0, 1, 0, 9, 0, 2, 0]);
    new MedianFilter(3, 8).apply(table, table, { offset: 0, stride: 2, count: 4 });
    expect([...table]).toEqual([5, 0, 5, 0, 2, 0, 2, 0]);
  });

  it('refuses an even width', () => {
    expect(() => new MedianFilter(4, 8)).toThrow(RangeError);
  });
});
