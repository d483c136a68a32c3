import { describe, expect, it } from 'vitest';
import { Stft, hannWindow, spectrogram } from './stft';

const sine = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, n) => Math.sin(n * 0.11) + 0.3 * Math.cos(n * 1.7));

describe('Stft', () => {
  it.each([
    [4096, 1024, 10_000],
    [512, 128, 1],
    [512, 256, 1000],
    [64, 16, 63],
  ])('gives the samples back, size %i hop %i length %i', (fftSize, hopSamples, length) => {
    const stft = new Stft({ fftSize, hopSamples });
    const x = sine(length);
    const { startSamples, frameCount } = stft.cover(length);
    const y = new Float32Array(length);
    stft.overlapAdd(stft.analyse(x, startSamples, frameCount), y, startSamples);
    x.forEach((v, n) => expect(Math.abs(y[n]! - v)).toBeLessThan(2e-6));
  });

  it('gives the same samples back in two parts', () => {
    const stft = new Stft({ fftSize: 64, hopSamples: 16 });
    const x = sine(500);
    const { startSamples, frameCount } = stft.cover(x.length);
    const frames = stft.analyse(x, startSamples, frameCount);
    const y = new Float32Array(x.length);
    stft.overlapAdd(frames, y, startSamples, 0, 10);
    stft.overlapAdd(frames, y, startSamples + 10 * 16, 10);
    x.forEach((v, n) => expect(Math.abs(y[n]! - v)).toBeLessThan(2e-6));
  });

  it('writes over the memory it is given', () => {
    const stft = new Stft({ fftSize: 64, hopSamples: 16 });
    const out = spectrogram(4, stft.binCount);
    stft.analyseInto(out, sine(500), 100);
    stft.analyseInto(out, sine(20), -40);
    expect(out).toEqual(stft.analyse(sine(20), -40, 4));
    expect(() => stft.analyseInto(spectrogram(4, 5), sine(20), 0)).toThrow(RangeError);
  });

  it('puts a sine into its bin', () => {
    const stft = new Stft({ fftSize: 256, hopSamples: 64 });
    const x = Float32Array.from({ length: 256 }, (_, n) => Math.cos((2 * Math.PI * 20 * n) / 256));
    const { re } = stft.analyse(x, 0, 1);
    expect(re[20]).toBeCloseTo(64, 4);
    expect(re[19]).toBeCloseTo(-32, 4);
    expect(re[23]).toBeCloseTo(0, 4);
  });

  it('analyses at a hop without overlap, and says that it cannot go back', () => {
    const stft = new Stft({ fftSize: 64, hopSamples: 64 });
    const frames = stft.analyse(sine(128), 0, 2);
    expect(() => stft.overlapAdd(frames, new Float32Array(128), 0)).toThrow(RangeError);
  });
});

describe('hannWindow', () => {
  it('is periodic', () => {
    expect([...hannWindow(4)]).toEqual([0, 0.5, 1, 0.5]);
  });
});
