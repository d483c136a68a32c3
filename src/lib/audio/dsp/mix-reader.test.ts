import { memoryReader } from '$lib/core/audio';
import { describe, expect, it } from 'vitest';
import { rememberingReader, sliceReader, sumReader } from './mix-reader';

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

describe('rememberingReader', () => {
  it('reads what lies within the last block only once, and hands out copies', async () => {
    const source = reader(1, 2, 3, 4, 5);
    const asked: number[] = [];
    const read: typeof source.read = (start, length) => {
      asked.push(start);
      return source.read(start, length);
    };
    const remembering = rememberingReader({ ...source, read });
    const samples = async (start: number, length: number): Promise<number[]> => [
      ...(await remembering.read(start, length)).channels[0]!,
    ];
    const whole = await remembering.read(-1, 4);
    whole.channels[0]!.fill(9);
    expect(await samples(-1, 4)).toEqual([0, 1, 2, 3]);
    expect(await samples(1, 2)).toEqual([2, 3]);
    expect(asked).toEqual([-1]);
    expect(await samples(1, 3)).toEqual([2, 3, 4]);
    expect(await samples(0, 1)).toEqual([1]);
    expect(asked).toEqual([-1, 1, 0]);
  });
});
