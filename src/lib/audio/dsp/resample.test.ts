import { describe, expect, it } from 'vitest';
import { Resampler, resample } from './resample';

const sine = (hz: number, rateHz: number, seconds: number): Float32Array =>
  Float32Array.from({ length: Math.round(rateHz * seconds) }, (_, n) =>
    Math.sin((2 * Math.PI * hz * n) / rateHz),
  );

function worst(got: Float32Array, want: Float32Array, margin: number): number {
  let most = 0;
  for (let n = margin; n < Math.min(got.length, want.length) - margin; n++) {
    most = Math.max(most, Math.abs(got[n]! - want[n]!));
  }
  return most;
}

describe('resample', () => {
  it.each([
    [44_100, 22_050],
    [44_100, 16_000],
    [48_000, 44_100],
    [8000, 44_100],
    [96_000, 44_100],
    [44_101, 44_100],
    [11_025, 44_100],
  ])('keeps a tone in place, %i to %i Hz', (fromHz, toHz) => {
    const hz = 0.3 * Math.min(fromHz, toHz);
    const got = resample(sine(hz, fromHz, 0.2), fromHz, toHz);
    expect(got.length).toBe(Math.ceil((Math.round(fromHz * 0.2) * toHz) / fromHz - 1e-9));
    expect(worst(got, sine(hz, toHz, 0.2), Math.ceil((40 * toHz) / Math.min(fromHz, toHz)))).toBeLessThan(
      2e-4,
    );
  });

  it('removes what the lower rate cannot hold', () => {
    const got = resample(sine(9000, 44_100, 0.3), 44_100, 16_000);
    expect(worst(got, new Float32Array(got.length), 100)).toBeLessThan(1e-3);
  });

  it('keeps a constant constant', () => {
    const got = resample(new Float32Array(4000).fill(0.5), 44_100, 16_000);
    expect(worst(got, new Float32Array(got.length).fill(0.5), 60)).toBeLessThan(1e-6);
  });

  it('does not depend on how the input is cut', () => {
    const x = sine(440, 48_000, 0.1);
    const whole = resample(x, 48_000, 44_100);
    const cut = new Resampler(48_000, 44_100);
    const steady: number[] = [];
    const sizes = [1, 2, 333, 64, 1, 977];
    for (let at = 0, turn = 0; at < x.length; turn++) {
      const size = sizes[turn % sizes.length]!;
      steady.push(...cut.push(x.subarray(at, at + size)));
      at += size;
    }
    steady.push(...cut.flush());
    expect(steady).toEqual([...whole]);
  });

  it('handles empty and one-sample signals', () => {
    expect(resample(new Float32Array(0), 48_000, 44_100).length).toBe(0);
    expect(resample(new Float32Array([1]), 48_000, 44_100).length).toBe(1);
  });

  it('refuses a rate that is no positive number', () => {
    expect(() => new Resampler(0, 44_100)).toThrow(RangeError);
  });
});
