import { describe, expect, it } from 'vitest';
import type { BeatAnalysis } from '$lib/core/transcription';
import { scaleTempo, setConstantTempo, setTimeSignature, shiftBars } from './beat-edits';

const beats: BeatAnalysis = {
  beatsSeconds: [0.5, 1, 1.5, 2, 2.5, 3, 3.5],
  downbeatsSeconds: [0.5, 2.5],
  bpm: 120,
  constant: true,
  tempoMap: [{ seconds: 0.5, tick: 0, bpm: 120 }],
  timeSignature: { numerator: 4, denominator: 4 },
  confidence: 0.7,
};

const rounded = (numbers: readonly number[]): number[] => numbers.map((n) => Math.round(n * 1000) / 1000);

describe('corrections of the beat', () => {
  it('counts in half time without moving the first bar', () => {
    const half = scaleTempo(beats, 0.5, 4);
    expect(half.bpm).toBe(60);
    expect(rounded(half.beatsSeconds)).toEqual([0.5, 1.5, 2.5, 3.5]);
    expect(rounded(half.downbeatsSeconds)).toEqual([0.5]);
    expect(scaleTempo(half, 2, 4).tempoMap).toEqual(beats.tempoMap);
  });

  it('keeps tempo changes in place when the count doubles', () => {
    const moving = { ...beats, tempoMap: [...beats.tempoMap, { seconds: 2.5, tick: 3840, bpm: 60 }] };
    expect(scaleTempo(moving, 2, 4).tempoMap[1]).toEqual({ seconds: 2.5, tick: 7680, bpm: 120 });
  });

  it('lays one tempo over everything', () => {
    const fixed = setConstantTempo(beats, 60, 4);
    expect(rounded(fixed.beatsSeconds)).toEqual([0.5, 1.5, 2.5, 3.5]);
    expect(fixed.constant).toBe(true);
  });

  it('counts bars of three', () => {
    expect(rounded(setTimeSignature(beats, { numerator: 3, denominator: 4 }, 4).downbeatsSeconds)).toEqual([
      0.5, 2, 3.5,
    ]);
  });

  it('starts the bar a beat later, and earlier again', () => {
    const later = shiftBars(beats, 1, 4);
    expect(rounded(later.downbeatsSeconds)).toEqual([1, 3]);
    expect(rounded(shiftBars(later, -1, 4).downbeatsSeconds)).toEqual([0.5, 2.5]);
    expect(rounded(shiftBars(beats, 4, 4).downbeatsSeconds)).toEqual([0.5, 2.5]);
  });
});
