import { describe, expect, it } from 'vitest';
import type { NoteEvent } from '../../core/notes';
import { NoteIndex } from './note-index';

const note = (startSeconds: number, durationSeconds: number, pitch = 60): NoteEvent => ({
  startSeconds,
  durationSeconds,
  pitch,
  velocity: 0.8,
  confidence: 1,
});

describe('NoteIndex', () => {
  it('finds each sounding note once, long ones too', () => {
    const long = note(0.5, 12);
    const short = note(5.2, 0.1);
    const index = new NoteIndex([long, short, note(20, 1)]);
    expect(index.between(5, 8)).toEqual([long, short]);
    expect(index.between(6, 8)).toEqual([long]);
    expect(index.between(13, 19)).toEqual([]);
  });

  it('agrees with looking at every note', () => {
    let state = 3;
    const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
    const notes = Array.from({ length: 2000 }, () =>
      note(random() * 100, random() * 4, 40 + Math.floor(random() * 40)),
    );
    const index = new NoteIndex(notes);
    for (let i = 0; i < 50; i++) {
      const from = random() * 100;
      const to = from + random() * 10;
      const expected = notes.filter(
        (n) => n.startSeconds <= to && n.startSeconds + n.durationSeconds >= from,
      );
      expect(new Set(index.between(from, to))).toEqual(new Set(expected));
      expect(index.between(from, to)).toHaveLength(expected.length);
    }
  });

  it('hits the nearest note of a pitch within reach', () => {
    const first = note(1, 0.5);
    const second = note(2, 0.5);
    const index = new NoteIndex([first, second]);
    expect(index.at(1.2, 60)).toBe(first);
    expect(index.at(1.2, 61)).toBeUndefined();
    expect(index.at(1.95, 60, 0.1)).toBe(second);
    expect(index.at(1.75, 60, 0.1)).toBeUndefined();
  });
});
