import { describe, expect, it } from 'vitest';
import {
  cleanUpNotes,
  QUANTISE_GRIDS,
  quantiseEvents,
  quantisePattern,
  quantiseTicks,
  toPatternNotes,
} from './alignment';
import type { NoteEvent } from './notes';
import { TempoMap } from './tempo-map';

function note(startSeconds: number, pitch: number, more: Partial<NoteEvent> = {}): NoteEvent {
  return { startSeconds, durationSeconds: 0.4, pitch, velocity: 0.8, confidence: 0.9, ...more };
}

describe('toPatternNotes', () => {
  it('keeps the seconds to half a millisecond over changing tempo', () => {
    const map = TempoMap.fromPoints([
      { seconds: -0.2, tick: 0, bpm: 93.7 },
      { seconds: 5, tick: 7795, bpm: 171.3 },
    ]);
    const heard = Array.from({ length: 200 }, (_, i) => note(i * 0.0731, 60));
    toPatternNotes(heard, map).forEach((pattern, i) => {
      expect(Math.abs(map.ticksToSeconds(pattern.startTicks) - heard[i]!.startSeconds)).toBeLessThan(5e-4);
      expect(pattern.durationTicks).toBeGreaterThan(0);
    });
  });

  it('gives even the shortest note a tick', () => {
    expect(
      toPatternNotes([note(1, 60, { durationSeconds: 0 })], TempoMap.constant(120))[0]!.durationTicks,
    ).toBe(1);
  });
});

describe('quantise', () => {
  const sixteenths = { gridTicks: QUANTISE_GRIDS['1/16'], strength: 1, swing: 0 };

  it('puts notes on the nearest line, half way at half strength, nowhere at none', () => {
    expect(quantiseTicks(250, sixteenths)).toBe(240);
    expect(quantiseTicks(361, sixteenths)).toBe(480);
    expect(quantiseTicks(250, { ...sixteenths, strength: 0.5 })).toBe(245);
    expect(quantiseTicks(250, { ...sixteenths, strength: 0 })).toBe(250);
    expect(quantiseTicks(-250, sixteenths)).toBe(-240);
  });

  it('swings every second line towards the triplet', () => {
    expect(quantiseTicks(240, { ...sixteenths, swing: 1 })).toBe(320);
    expect(quantiseTicks(480, { ...sixteenths, swing: 1 })).toBe(480);
    expect(quantiseTicks(240, { ...sixteenths, swing: 0.5 })).toBe(280);
  });

  it('is idempotent, keeps lengths, and leaves its input alone', () => {
    const map = TempoMap.constant(128, 0.117);
    const heard = [note(0.23, 60), note(1.07, 64), note(2.52, 67)];
    const before = structuredClone(heard);
    const once = quantiseEvents(heard, map, { ...sixteenths, swing: 0.3 });
    const twice = quantiseEvents(once, map, { ...sixteenths, swing: 0.3 });
    twice.forEach((n, i) => expect(n.startSeconds).toBeCloseTo(once[i]!.startSeconds, 9));
    expect(once.map((n) => n.durationSeconds)).toEqual(heard.map((n) => n.durationSeconds));
    expect(heard).toEqual(before);
  });

  it('works on composed notes', () => {
    const [moved] = quantisePattern(
      [{ startTicks: 931, durationTicks: 200, pitch: 60, velocity: 1 }],
      sixteenths,
    );
    expect(moved).toEqual({ startTicks: 960, durationTicks: 200, pitch: 60, velocity: 1 });
  });
});

describe('cleanUpNotes', () => {
  it('drops a weak overtone of a strong note and keeps a real octave', () => {
    const root = note(1, 48);
    const overtone = note(1.01, 60, { velocity: 0.2, confidence: 0.35, durationSeconds: 0.3 });
    const octave = note(1.01, 60, { velocity: 0.75, confidence: 0.85 });
    expect(cleanUpNotes([root, overtone])).toEqual([root]);
    expect(cleanUpNotes([root, octave])).toHaveLength(2);
  });

  it('drops blips, sooner outside of the key, but never a sure note outside of it', () => {
    const key = { tonic: 'C', mode: 'major', confidence: 1 } as const;
    const blip = { durationSeconds: 0.045, confidence: 0.5, velocity: 0.3 };
    expect(cleanUpNotes([note(1, 60, blip), note(2, 61, blip)], { key }).map((n) => n.pitch)).toEqual([60]);
    expect(cleanUpNotes([note(2, 61)], { key, strength: 1 })).toHaveLength(1);
  });

  it('joins doubled notes and cuts overlapping ones of a pitch', () => {
    const doubled = cleanUpNotes([note(1, 60), note(1.02, 60, { durationSeconds: 0.8, velocity: 0.9 })]);
    expect(doubled).toHaveLength(1);
    expect(doubled[0]!).toMatchObject({ startSeconds: 1, velocity: 0.9 });
    const cut = cleanUpNotes([note(1, 60, { durationSeconds: 2 }), note(2, 60)]);
    expect(cut.map((n) => n.durationSeconds)).toEqual([1, 0.4]);
  });

  it('folds a doubtful octave slip of a single line, and only there', () => {
    const line = [note(0, 45), note(0.5, 59, { confidence: 0.4 }), note(1, 48)];
    expect(cleanUpNotes(line, { singleLine: true }).map((n) => n.pitch)).toEqual([45, 47, 48]);
    expect(cleanUpNotes(line).map((n) => n.pitch)).toEqual([45, 59, 48]);
    const sure = [note(0, 45), note(0.5, 57), note(1, 45)];
    expect(cleanUpNotes(sure, { singleLine: true }).map((n) => n.pitch)).toEqual([45, 57, 45]);
  });

  it('answers nothing with nothing', () => {
    expect(cleanUpNotes([])).toEqual([]);
  });
});
