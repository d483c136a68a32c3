import { describe, expect, it } from 'vitest';
import { roomImpulse } from './room';

const RATE_HZ = 44_100;

function rms(samples: Float32Array, fromSeconds: number, toSeconds: number): number {
  const part = samples.subarray(fromSeconds * RATE_HZ, toSeconds * RATE_HZ);
  return Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / part.length);
}

describe('roomImpulse', () => {
  const impulse = roomImpulse(new OfflineAudioContext(2, RATE_HZ, RATE_HZ));
  const left = impulse.getChannelData(0);

  it('is silent before the walls answer and dies away by some sixty decibels in a second', () => {
    expect(rms(left, 0, 0.011)).toBe(0);
    const fallDb = 20 * Math.log10(rms(left, 0.02, 0.06) / rms(left, 1.02, 1.06));
    expect(fallDb).toBeGreaterThan(57);
    expect(fallDb).toBeLessThan(67);
  });

  it('differs from side to side', () => {
    const right = impulse.getChannelData(1);
    const product = left.reduce((sum, value, i) => sum + value * right[i]!, 0);
    const energy = left.reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs(product / energy)).toBeLessThan(0.1);
  });
});
