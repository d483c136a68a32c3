import { describe, expect, it } from 'vitest';
import { BeatGrid } from './grid';

const steady = BeatGrid.fromBeats(
  Array.from({ length: 33 }, (_, i) => 0.25 + i * 0.5),
  Array.from({ length: 9 }, (_, i) => 0.25 + i * 2),
);

describe('BeatGrid', () => {
  it('counts bars from the first downbeat and goes on outside the known beats', () => {
    expect(steady.barBeatAt(0.25)).toEqual({ bar: 1, beat: 1 });
    expect(steady.barBeatAt(2.75)).toEqual({ bar: 2, beat: 2 });
    expect(steady.barBeatAt(0.25 + 20 * 2).bar).toBe(21);
    expect(steady.barBeatAt(0).bar).toBe(0);
    expect(steady.secondsAt(-1)).toBeCloseTo(-0.25, 9);
  });

  it('is its own inverse where the tempo drifts', () => {
    const beats = [0, 0.5, 1.02, 1.5, 2.1, 2.6];
    const grid = BeatGrid.fromBeats(beats, [0, 2.09]);
    for (const seconds of [-0.3, 0, 0.7, 1.3, 2.2, 2.6, 4]) {
      expect(grid.secondsAt(grid.beatAt(seconds))).toBeCloseTo(seconds, 9);
    }
    // The downbeat at 2.09 s belongs to the beat at 2.1 s.
    expect(grid.barBeatAt(2.1)).toEqual({ bar: 2, beat: 1 });
  });

  it('snaps to the nearest step and finds the step a note is drawn on', () => {
    expect(steady.snap(0.3, 1)).toBeCloseTo(0.25, 9);
    expect(steady.snap(0.6, 0.25)).toBeCloseTo(0.625, 9);
    expect(steady.floor(0.74, 1)).toBeCloseTo(0.25, 9);
  });

  it('follows a tempo map whose first bar does not start at 0 s', () => {
    const grid = BeatGrid.fromTempoMap(
      [{ seconds: 0.4, tick: 0, bpm: 120 }],
      { numerator: 3, denominator: 4 },
      10,
    );
    expect(grid.barBeatAt(0.4)).toMatchObject({ beat: 1 });
    expect(grid.barBeatAt(1.9)).toMatchObject({ beat: 1 });
    expect(grid.beatsPerBarAt(5)).toBe(3);
  });

  it('draws finer lines the closer one looks, never the same time twice', () => {
    const counts = [4, 40, 160, 640].map((pixelsPerSecond) => {
      const lines = steady.lines(0, 10, pixelsPerSecond);
      const times = lines.map((line) => line.seconds.toFixed(6));
      expect(new Set(times).size).toBe(times.length);
      expect([...lines].sort((a, b) => a.seconds - b.seconds)).toEqual(lines);
      return lines.length;
    });
    expect(counts[0]).toBeLessThan(counts[1]!);
    expect(counts[1]).toBeLessThan(counts[2]!);
    expect(counts[2]).toBeLessThan(counts[3]!);
    expect(steady.stepBeatsFor(640, 5)).toBe(1 / 8);
  });

  it('makes do with no beats at all', () => {
    const grid = BeatGrid.fromBeats([], []);
    expect(grid.secondsAt(4)).toBeCloseTo(2, 9);
    expect(grid.barBeatAt(2)).toEqual({ bar: 2, beat: 1 });
  });
});
