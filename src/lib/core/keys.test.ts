import { describe, expect, it } from 'vitest';
import { isInKey, keyOfChroma, keyOfNotes, relativeKey } from './keys';
import type { NoteEvent } from './notes';

function notes(pitches: readonly number[], lengths: readonly number[] = []): NoteEvent[] {
  return pitches.map((pitch, i) => ({
    startSeconds: i * 0.5,
    durationSeconds: lengths[i] ?? 0.5,
    pitch,
    velocity: 0.8,
    confidence: 1,
  }));
}

describe('keys', () => {
  it('finds major and minor from their cadences, in every transposition', () => {
    for (let shift = 0; shift < 12; shift++) {
      const major = [0, 4, 7, 5, 9, 0, 7, 11, 2, 0, 4, 7].map((step) => 48 + shift + step);
      expect(keyOfNotes(notes(major))).toMatchObject({ mode: 'major' });
      const minor = [0, 3, 7, 5, 8, 0, 7, 11, 2, 0, 3, 7].map((step) => 48 + shift + step);
      const found = keyOfNotes(notes(minor));
      expect(found.mode).toBe('minor');
      expect(isInKey(48 + shift, found)).toBe(true);
    }
  });

  it('is unsure of a single note and sure of a full cadence', () => {
    const cadence = keyOfNotes(notes([0, 4, 7, 5, 9, 0, 7, 11, 2, 5, 0, 4, 7].map((step) => 60 + step)));
    expect(cadence).toMatchObject({ tonic: 'C', mode: 'major' });
    expect(cadence.confidence).toBeGreaterThan(0.5);
    expect(keyOfNotes(notes([60])).confidence).toBeLessThan(cadence.confidence);
  });

  it('answers silence and a flat chroma with confidence 0', () => {
    expect(keyOfNotes([]).confidence).toBe(0);
    expect(keyOfChroma(new Float64Array(12).fill(1)).confidence).toBe(0);
  });

  it('knows relatives and scales', () => {
    const aMinor = { tonic: 'A', mode: 'minor', confidence: 1 } as const;
    expect(relativeKey(aMinor)).toMatchObject({ tonic: 'C', mode: 'major' });
    expect(relativeKey(relativeKey(aMinor))).toEqual(aMinor);
    expect([57, 59, 60, 62, 64, 65, 67, 68].every((pitch) => isInKey(pitch, aMinor))).toBe(true);
    expect(isInKey(61, aMinor)).toBe(false);
  });
});
