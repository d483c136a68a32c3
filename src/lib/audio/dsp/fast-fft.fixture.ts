import { expect } from 'vitest';
import { fastRealFft } from './fast-fft';
import { RealFft } from './fft';

/** Rounding of 32-bit floats, for signals of about 1 whose bins are as large as the root of the size. */
const TOLERANCE = 2e-6;

/** That the fast transform of `size` says what the exact one says, and inverts it. */
export async function expectAgreement(size: number): Promise<void> {
  const exact = new RealFft(size);
  const fast = await fastRealFft(size);
  const x = Float32Array.from({ length: size }, (_, n) => Math.sin(n * n));
  const [want, got] = [exact, fast].map((fft) => {
    const re = new Float32Array(fft.binCount);
    const im = new Float32Array(fft.binCount);
    fft.forward(x, re, im);
    return { re, im };
  });
  for (const part of ['re', 'im'] as const) {
    want![part].forEach((v, k) =>
      expect(Math.abs(got![part][k]! - v)).toBeLessThan(TOLERANCE * Math.sqrt(size)),
    );
  }
  const back = new Float32Array(size);
  fast.inverse(want!.re, want!.im, back);
  x.forEach((v, n) => expect(Math.abs(back[n]! - v)).toBeLessThan(TOLERANCE));
}
