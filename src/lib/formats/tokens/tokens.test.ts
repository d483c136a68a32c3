import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inferTimeSignature } from '$lib/core/loop';
import type { ProjectNote } from '$lib/core/project';
import { demoProject } from '../../../../tests/helpers/demo-project';
import { readMidi } from '../midi/midi-reader';
import { decodeEvents, encodeEvents, eventsFromNotes, notesFromEvents } from './event-sequence';
import { midiFromTokens } from './token-midi';
import { noteTokens, patternTokens, type NoteToken } from './tokens';

/** Notes of one pitch that do not overlap: all that MIDI can tell apart. */
const anyNotes = fc
  .array(
    fc.tuple(
      fc.nat(20_000),
      fc.integer({ min: 1, max: 5000 }),
      fc.nat(127),
      fc.integer({ min: 1, max: 127 }),
    ),
    { maxLength: 60 },
  )
  .map((notes) => {
    const endOfPitch = new Map<number, number>();
    return notes
      .sort((a, b) => a[0] - b[0] || a[2] - b[2])
      .filter(([start, duration, pitch]) => {
        if ((endOfPitch.get(pitch) ?? 0) > start) return false;
        endOfPitch.set(pitch, start + duration);
        return true;
      });
  });

describe('event sequence', () => {
  it('gives the same notes back, as events and as numbers', () => {
    fc.assert(
      fc.property(anyNotes, (notes) => {
        const events = eventsFromNotes(notes);
        expect(decodeEvents(encodeEvents(events))).toEqual(events);
        expect(notesFromEvents(events)).toEqual(notes);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('ignores numbers outside the vocabulary and stray note-offs', () => {
    expect(notesFromEvents(decodeEvents([70_000, 128 + 60, 60, 384 + 9]))).toEqual([[0, 10, 60, 100]]);
  });
});

describe('token form', () => {
  it('survives MIDI within a tick', () => {
    fc.assert(
      fc.property(anyNotes, (notes) => {
        const tokens = {
          name: 'Pattern',
          tempo: 93,
          key: null,
          time_signature: [4, 4],
          ticks_per_quarter: 960,
          pattern_length: 3840,
          loop_length: 3840,
          notes,
        } as const;
        const { project } = readMidi(midiFromTokens(tokens), 'x');
        const back: readonly NoteToken[] = noteTokens(project.patterns.flatMap((pattern) => pattern.notes));
        expect(back).toEqual(notes);
        expect(project.tempoMap[0]?.bpm).toBeCloseTo(93, 3);
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  it('names tempo, key, metre and lengths', () => {
    const project = demoProject();
    expect(patternTokens(project, project.patterns[0]!)).toMatchObject({
      tempo: 140,
      time_signature: [4, 4],
      ticks_per_quarter: 960,
      pattern_length: 15360,
      loop_length: 15360,
    });
  });
});

describe('inferTimeSignature', () => {
  const bars = (beats: number, count: number): ProjectNote[] =>
    Array.from({ length: beats * count }, (_, i) => ({
      startTicks: i * 960,
      durationTicks: 480,
      pitch: i % beats === 0 ? 36 : 60,
      velocity: i % beats === 0 ? 1 : 0.5,
    }));

  it.each([
    [4, '4/4'],
    [3, '3/4'],
    [5, '5/4'],
  ])('hears %s beats in a bar', (beats, expected) => {
    const { signature } = inferTimeSignature(bars(beats, 8));
    expect(`${signature.numerator}/${signature.denominator}`).toBe(expected);
  });
});
