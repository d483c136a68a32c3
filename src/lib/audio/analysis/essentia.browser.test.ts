import { describe, expect, it } from 'vitest';
import { loadKeyExtractor } from './essentia';

const RATE_HZ = 44_100;

/** A second of each chord. */
function chords(pitches: readonly (readonly number[])[]): Float32Array {
  const samples = new Float32Array(pitches.length * RATE_HZ);
  pitches.forEach((chord, second) => {
    for (const pitch of chord) {
      const hz = 440 * 2 ** ((pitch - 69) / 12);
      for (let i = 0; i < RATE_HZ; i++) {
        samples[second * RATE_HZ + i]! += 0.1 * Math.sin((2 * Math.PI * hz * i) / RATE_HZ);
      }
    }
  });
  return samples;
}

const CADENCE = [
  [0, 4, 7],
  [5, 9, 12],
  [-1, 2, 7],
  [0, 4, 7],
];
const MINOR_CADENCE = [
  [0, 3, 7],
  [5, 8, 12],
  [-1, 2, 7],
  [0, 3, 7],
];

describe('essentia', () => {
  it('names the key of cadences, flats as sharps', async () => {
    const extract = await loadKeyExtractor();
    const at = (tonic: number, chord: readonly number[][]) => chord.map((c) => c.map((step) => tonic + step));
    expect(extract(chords(at(55, CADENCE)), RATE_HZ)).toMatchObject({ tonic: 'G', mode: 'major' });
    expect(extract(chords(at(51, MINOR_CADENCE)), RATE_HZ)).toMatchObject({ tonic: 'D#', mode: 'minor' });
  });

  it('hears nothing in silence and in next to nothing', async () => {
    const extract = await loadKeyExtractor();
    expect(extract(new Float32Array(RATE_HZ), RATE_HZ)).toBeUndefined();
    expect(extract(new Float32Array(100), RATE_HZ)).toBeUndefined();
  });
});
