import { describe, expect, it } from 'vitest';
import { expectAgreement } from './fast-fft.fixture';
import { fastRealFft } from './fast-fft';
import { PffftChirpTransform } from './fast-chirp-fft';
import { RealFft } from './fft';
import { Stft } from './stft';

describe('fastRealFft', () => {
  it.each([512, 1024, 4096, 1411, 960, 1000, 257])(
    'agrees with the one in JavaScript, size %i',
    expectAgreement,
  );

  it('is the one in JavaScript for small sizes without a plan alone', async () => {
    expect(await fastRealFft(4096)).not.toBeInstanceOf(RealFft);
    expect(await fastRealFft(1411)).toBeInstanceOf(PffftChirpTransform);
    expect(await fastRealFft(7)).toBeInstanceOf(RealFft);
  });

  it('is planned once a size', async () => {
    expect(await fastRealFft(2048)).toBe(await fastRealFft(2048));
  });

  it('takes its frame from its own memory, and reads and writes at offsets', async () => {
    const fft = await fastRealFft(64);
    const re = new Float32Array(50);
    const im = new Float32Array(50);
    fft.frame.fill(0);
    fft.frame[3] = 1;
    fft.forward(fft.frame, re, im, 0, 10);
    const output = new Float64Array(70);
    fft.inverse(re, im, output, 10, 5);
    expect(output[8]).toBeCloseTo(1, 6);
    expect(output.reduce((sum, v) => sum + Math.abs(v), 0)).toBeCloseTo(1, 5);
    fft.inverse(re, im, fft.frame, 10);
    expect(fft.frame[3]).toBeCloseTo(1, 6);
  });

  it('keeps to the lowest bins where only those are asked for, as the one in JavaScript does', async () => {
    const x = Float32Array.from({ length: 64 }, (_, n) => Math.sin(n * n));
    const answers = [new RealFft(64), await fastRealFft(64)].map((fft) => {
      const re = new Float32Array(12).fill(9);
      const im = new Float32Array(12).fill(9);
      fft.forward(x, re, im, 0, 1, 10);
      const back = new Float32Array(64);
      fft.inverse(re, im, back, 1, 0, 10);
      return { re, im, back };
    });
    const [want, got] = answers;
    expect([got!.re[0], got!.re[11], got!.im[0], got!.im[11]]).toEqual([9, 9, 9, 9]);
    for (const part of ['re', 'im', 'back'] as const) {
      want![part].forEach((v, k) => expect(got![part][k]).toBeCloseTo(v, 5));
    }
    expect(want!.back.some((v, n) => Math.abs(v - x[n]!) > 0.1)).toBe(true);
  });

  it('gives the samples of a short-time transform back', async () => {
    const stft = new Stft({ fftSize: 512, hopSamples: 128, fft: await fastRealFft(512) });
    const x = Float32Array.from({ length: 2000 }, (_, n) => Math.sin(n * 0.11) + 0.3 * Math.cos(n * 1.7));
    const { startSamples, frameCount } = stft.cover(x.length);
    const y = new Float32Array(x.length);
    stft.overlapAdd(stft.analyse(x, startSamples, frameCount), y, startSamples);
    x.forEach((v, n) => expect(Math.abs(y[n]! - v)).toBeLessThan(2e-6));
  });

  it('is refused by a short-time transform of another size', async () => {
    const fft = await fastRealFft(512);
    expect(() => new Stft({ fftSize: 1024, hopSamples: 256, fft })).toThrow(RangeError);
  });
});
