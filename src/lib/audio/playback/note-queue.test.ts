import { describe, expect, it } from 'vitest';
import type { NoteEvent } from '../../core/notes';
import { NoteQueue } from './note-queue';

const note = (startSeconds: number, durationSeconds = 0.1, velocity = 0.8): NoteEvent => ({
  startSeconds,
  durationSeconds,
  pitch: 60,
  velocity,
  confidence: 1,
});

describe('NoteQueue', () => {
  it('hands out every note exactly once over adjoining windows', () => {
    const notes = Array.from({ length: 10_000 }, (_, i) => note(((i * 7919) % 10_000) * 0.006));
    const queue = new NoteQueue(notes);
    let seen = 0;
    for (let at = 0; at < 61; at += 0.05) {
      seen += queue.startingIn(at, at + 0.05).length;
    }
    expect(seen).toBe(10_000);
  });

  it('finds what still sounds after a seek', () => {
    const pad = note(1, 8);
    const queue = new NoteQueue([pad, note(4.5, 0.2), note(5, 1)]);
    expect(queue.soundingAt(5, 0.15)).toEqual([pad]);
    expect(queue.soundingAt(8.9, 0.15)).toEqual([]);
  });

  it('measures loudness where most is played', () => {
    const quiet = Array.from({ length: 20 }, (_, i) => note(i, 0.3, 0.3));
    const busy = Array.from({ length: 20 }, (_, i) => note(40 + i * 0.2, 0.3, 0.9));
    expect(new NoteQueue([...quiet, ...busy]).busiestWindow(5)).toBeCloseTo(40, 6);
    expect(new NoteQueue([]).busiestWindow(5)).toBe(0);
  });
});
