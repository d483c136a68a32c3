import { describe, expect, it } from 'vitest';
import { memoryReader, type AudioReader } from '$lib/core/audio';
import { monoAtRate } from './mono-at-rate';

const signal = new AbortController().signal;

function recording(seconds: number, fromHz = 44_100): AudioReader {
  const wave = (hz: number): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: Math.round(seconds * fromHz) }, (_, n) =>
      Math.sin((2 * Math.PI * hz * n) / fromHz),
    );
  return memoryReader({ sampleRateHz: fromHz, channels: [wave(440), wave(2500)] });
}

describe('monoAtRate', () => {
  it.each([
    [44_100, 16_000],
    [44_100, 22_050],
    [22_050, 48_000],
    [16_000, 16_000],
  ])(
    'gives parts of a long recording as it gives those of a short one, %i to %i Hz',
    async (fromHz, toHz) => {
      const audio = recording(1.3, fromHz);
      const whole = await monoAtRate(audio, toHz, { signal });
      const inParts = await monoAtRate(audio, toHz, { signal, keptSeconds: 0 });
      expect(inParts.lengthSamples).toBe(whole.lengthSamples);
      expect(inParts.rms).toBeCloseTo(whole.rms, 9);
      expect(whole.rms).toBeCloseTo(0.5, 2);
      for (const [first, count] of [
        [-100, 700],
        [0, 1],
        [4801, 3333],
        [whole.lengthSamples - 500, 900],
        [whole.lengthSamples + 5, 10],
      ] as const) {
        const want = await whole.read(first, count);
        const got = await inParts.read(first, count);
        expect(got.length).toBe(count);
        let worst = 0;
        for (let i = 0; i < count; i++) worst = Math.max(worst, Math.abs(got[i]! - want[i]!));
        expect(worst).toBeLessThan(1e-6);
      }
      expect(Math.max(...(await whole.read(-100, 100)))).toBe(0);
    },
  );

  it.each([1000, 0])('lets all samples be heard once, %i s of them kept', async (keptSeconds) => {
    const heard: number[] = [];
    const listen = (block: Float32Array): void => void heard.push(...block);
    const source = await monoAtRate(recording(0.6), 22_050, { signal, keptSeconds, listen });
    expect(heard.length).toBe(source.lengthSamples);
    const read = await source.read(0, heard.length);
    expect(heard.findIndex((value, n) => Math.abs(value - read[n]!) > 1e-6)).toBe(-1);
  });

  it('holds no more of a long recording than is asked for', async () => {
    const audio = recording(2);
    const asked: number[] = [];
    const watched: AudioReader = {
      ...audio,
      read: (start, count) => {
        asked.push(count);
        return audio.read(start, count);
      },
    };
    const source = await monoAtRate(watched, 16_000, { signal, keptSeconds: 1 });
    asked.length = 0;
    await source.read(10_000, 1000);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toBeLessThan(5000);
  });

  it('stops between blocks when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(monoAtRate(recording(1), 16_000, { signal: controller.signal })).rejects.toThrow('enough');
  });
});
