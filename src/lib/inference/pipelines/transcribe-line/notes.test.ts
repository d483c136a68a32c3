import { describe, expect, it } from 'vitest';
import { sungLine } from './line.fixture';
import { decodeLine, type LineTrack } from './notes';

const decode = (track: LineTrack, sensitivity = 0.5, pitchBends = false): ReturnType<typeof decodeLine> =>
  decodeLine(track, { sensitivity, pitchBends });
const flat = (pitch: number) => (): number => pitch;

describe('decodeLine', () => {
  it('makes a note of each steady pitch, with starts and ends to a few hundredths of a second', () => {
    const notes = decode(
      sungLine([
        { seconds: 0.2 },
        { seconds: 0.5, pitch: flat(57) },
        { seconds: 0.4, pitch: flat(59.1) },
        { seconds: 0.3 },
        { seconds: 0.6, pitch: flat(64) },
      ]),
    );
    expect(notes.map((note) => note.pitch)).toEqual([57, 59, 64]);
    [0.2, 0.7, 1.4].forEach((start, i) => expect(notes[i]!.startSeconds).toBeCloseTo(start, 1));
    expect(notes[0]!.durationSeconds).toBeCloseTo(0.5, 1);
  });

  it('keeps vibrato of a semitone, and a slide into the note, in one note', () => {
    const vibrato = (t: number): number => 60 + 0.9 * Math.sin(2 * Math.PI * 5.5 * t);
    const scoop = (t: number): number => 67 - 1.5 * Math.exp(-t * 25);
    const notes = decode(
      sungLine([{ seconds: 1.2, pitch: vibrato }, { seconds: 0.3 }, { seconds: 0.8, pitch: scoop }]),
    );
    expect(notes.map((note) => note.pitch)).toEqual([60, 67]);
  });

  it('splits a repeated pitch where the level dips and rises', () => {
    const dip = (t: number): number => (Math.abs(t - 0.5) < 0.03 ? -32 : -18);
    expect(decode(sungLine([{ seconds: 1, pitch: flat(62), level: dip }]))).toHaveLength(2);
    expect(decode(sungLine([{ seconds: 1, pitch: flat(62) }]))).toHaveLength(1);
  });

  it('hears more at a higher sensitivity and less at a lower one', () => {
    const track = sungLine([
      { seconds: 0.5, pitch: flat(60), confidence: 0.9 },
      { seconds: 0.3 },
      { seconds: 0.5, pitch: flat(64), confidence: 0.6 },
      { seconds: 0.3 },
      { seconds: 0.5, pitch: flat(67), confidence: 0.3 },
    ]);
    expect([0, 0.5, 1].map((sensitivity) => decode(track, sensitivity).length)).toEqual([1, 2, 3]);
  });

  it('takes the common tuning of a line off its pitches', () => {
    const notes = decode(
      sungLine([57, 59, 60, 62].map((pitch) => ({ seconds: 0.4, pitch: flat(pitch + 0.45) }))),
    );
    expect(notes.map((note) => note.pitch)).toEqual([57, 59, 60, 62]);
  });

  it('gives louder notes a higher velocity and writes bends where asked', () => {
    const rising = (t: number): number => 60 + Math.min(0.4, t);
    const notes = decode(
      sungLine([
        { seconds: 0.5, pitch: rising, level: () => -12 },
        { seconds: 0.3 },
        { seconds: 0.5, pitch: flat(65), level: () => -26 },
      ]),
      0.5,
      true,
    );
    expect(notes[0]!.velocity).toBeGreaterThan(notes[1]!.velocity + 0.2);
    const bend = notes[0]!.bendCents!;
    expect(bend.at(-1)! - bend[0]!).toBeGreaterThan(25);
    expect(Math.max(...notes[1]!.bendCents!.map(Math.abs))).toBeLessThan(10);
  });

  it('never overlaps and never goes back', () => {
    const wild = (t: number): number => 60 + 5 * Math.sin(9 * t) + 3 * Math.sin(31 * t);
    const notes = decode(
      sungLine([{ seconds: 4, pitch: wild, level: (t) => -20 + 9 * Math.sin(40 * t) }]),
      1,
    );
    notes.slice(1).forEach((note, i) => {
      expect(note.startSeconds).toBeGreaterThanOrEqual(
        notes[i]!.startSeconds + notes[i]!.durationSeconds - 1e-9,
      );
    });
    for (const note of notes) expect(note.durationSeconds).toBeGreaterThan(0);
  });

  it('answers silence and nothing with no notes', () => {
    expect(decode(sungLine([{ seconds: 1 }]))).toEqual([]);
    expect(decode(sungLine([]))).toEqual([]);
  });
});
