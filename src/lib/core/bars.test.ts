import { describe, expect, it } from 'vitest';
import { barAt, barStarts, isUsableSignature } from './bars';

const signatures = [
  { tick: 0, numerator: 4, denominator: 4 },
  { tick: 7680, numerator: 3, denominator: 4 },
  { tick: 9000, numerator: 6, denominator: 8 },
];

describe('bars', () => {
  it('start anew where the metre changes', () => {
    expect(barStarts(signatures, 15_000, 100)).toEqual([0, 3840, 7680, 9000, 11_880, 14_760]);
    expect(barStarts(signatures, 1e12, 5)).toHaveLength(5);
  });

  it('are counted from 1, with their beats', () => {
    expect(barAt(signatures, 0)).toEqual({ bar: 1, beat: 1 });
    expect(barAt(signatures, 3840 + 960)).toEqual({ bar: 2, beat: 2 });
    expect(barAt(signatures, 9000 + 480)).toEqual({ bar: 4, beat: 2 });
  });

  it('know which signatures can be counted', () => {
    expect(isUsableSignature({ numerator: 7, denominator: 8 })).toBe(true);
    expect(isUsableSignature({ numerator: 4, denominator: 3 })).toBe(false);
    expect(isUsableSignature({ numerator: 0, denominator: 4 })).toBe(false);
  });
});
