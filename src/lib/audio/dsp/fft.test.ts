import { describe, expect, it } from 'vitest';
import { RealFft } from './fft';

function signal(length: number): Float64Array {
  let seed = 12345;
  return Float64Array.from({ length }, () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 1073741824 - 1;
  });
}

function direct(x: Float64Array): { re: number[]; im: number[] } {
  const bins = Math.floor(x.length / 2) + 1;
  const re: number[] = [];
  const im: number[] = [];
  for (let k = 0; k < bins; k++) {
    let a = 0;
    let b = 0;
    x.forEach((v, n) => {
      const angle = (-2 * Math.PI * ((k * n) % x.length)) / x.length;
      a += v * Math.cos(angle);
      b += v * Math.sin(angle);
    });
    re.push(a);
    im.push(b);
  }
  return { re, im };
}

describe('RealFft', () => {
  it.each([1, 2, 3, 4, 5, 8, 12, 16, 31, 64, 128, 441, 512, 1024, 1411])(
    'agrees with the direct sum and inverts, size %i',
    (size) => {
      const x = signal(size);
      const fft = new RealFft(size);
      const re = new Float64Array(fft.binCount);
      const im = new Float64Array(fft.binCount);
      fft.forward(x, re, im);
      const want = direct(x);
      want.re.forEach((v, k) => expect(Math.abs(re[k]! - v)).toBeLessThan(1e-9 * size + 1e-12));
      want.im.forEach((v, k) => expect(Math.abs(im[k]! - v)).toBeLessThan(1e-9 * size + 1e-12));
      const back = new Float64Array(size);
      fft.inverse(re, im, back);
      x.forEach((v, n) => expect(Math.abs(back[n]! - v)).toBeLessThan(1e-11));
    },
  );

  it('reads and writes at offsets', () => {
    const fft = new RealFft(8);
    const input = new Float32Array(20);
    input[7] = 1;
    const re = new Float32Array(10);
    const im = new Float32Array(10);
    fft.forward(input, re, im, 7, 5);
    expect([...re]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    const out = new Float32Array(12);
    fft.inverse(re, im, out, 5, 3);
    expect(out[3]).toBeCloseTo(1, 6);
    expect(out.reduce((sum, v) => sum + Math.abs(v), 0)).toBeCloseTo(1, 6);
  });

  it('refuses a size that is no positive integer', () => {
    expect(() => new RealFft(0)).toThrow(RangeError);
    expect(() => new RealFft(2.5)).toThrow(RangeError);
  });
});
