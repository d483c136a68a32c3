import { describe, expect, it } from 'vitest';
import { faderOf, gainOfFader, gainText, meterShare, panText, parseGain, parsePan } from './values';

describe('mixer values', () => {
  it('fader and gain are inverse over the whole travel', () => {
    for (let db = -50; db <= 12; db += 0.5) expect(gainOfFader(faderOf(db))).toBeCloseTo(db, 1);
    expect(gainOfFader(0)).toBe(-Infinity);
    expect(faderOf(-Infinity)).toBe(0);
    expect(faderOf(99)).toBe(1);
  });

  it('reads what people type', () => {
    expect(parseGain('-6 dB')).toBe(-6);
    expect(parseGain('+2,5')).toBe(2.5);
    expect(parseGain('-inf')).toBe(-Infinity);
    expect(parseGain('99')).toBe(12);
    expect(parseGain('loud')).toBeUndefined();
    expect(parsePan('c')).toBe(0);
    expect(parsePan('30 L')).toBeCloseTo(-0.3, 9);
    expect(parsePan('L30')).toBeCloseTo(-0.3, 9);
    expect(parsePan('100r')).toBe(1);
    expect(parsePan('-50')).toBe(-0.5);
    expect(parsePan('left')).toBeUndefined();
  });

  it('writes what it reads', () => {
    for (const db of [-12, 0, 3.5, -Infinity]) expect(parseGain(gainText(db))).toBe(db);
    for (const pan of [-1, -0.25, 0, 0.6]) expect(parsePan(panText(pan))).toBeCloseTo(pan, 9);
    expect(meterShare(-Infinity)).toBe(0);
    expect(meterShare(3)).toBe(1);
  });
});
