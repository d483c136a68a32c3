import { memoryReader } from '$lib/core/audio';
import { describe, expect, it } from 'vitest';
import { sliceReader, sumReader } from './mix-reader';

const reader = (...samples: number[]): ReturnType<typeof memoryReader> =>
  memoryReader({ sampleRateHz: 10, channels: [Float32Array.from(samples)] });

describe('sumReader', () => {
  it('adds recordings of different lengths', async () => {
    const sum = sumReader([reader(1, 2, 3), reader(10)]);
    expect(sum.lengthSamples).toBe(3);
    expect([...(await sum.read(-1, 5)).channels[0]!]).toEqual([0, 11, 2, 3, 0]);
  });

  it('refuses what does not fit', () => {
    const other = memoryReader({ sampleRateHz: 20, channels: [new Float32Array(1)] });
    expect(() => sumReader([reader(1), other])).toThrow(RangeError);
    expect(() => sumReader([])).toThrow(RangeError);
  });
});

describe('sliceReader', () => {
  it('is silent outside its stretch', async () => {
    const slice = sliceReader(reader(1, 2, 3, 4, 5), 1, 4);
    expect(slice.lengthSamples).toBe(3);
    expect([...(await slice.read(-1, 6)).channels[0]!]).toEqual([0, 2, 3, 4, 0, 0]);
    expect([...(await slice.read(1, 2)).channels[0]!]).toEqual([3, 4]);
  });
});
