import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeDrums, DRUM_OUTPUTS, pickDrumHits, type DrumActivations, type DrumHit } from './decode';
import { DRUM_FRAMES_PER_SECOND } from './features';
import { DRUM_CLASSES, thresholdsAt, type DrumClass, type DrumThresholds } from './kit';

interface Golden {
  readonly thresholds: DrumThresholds;
  readonly frames: number;
  readonly activations: number[];
  readonly hits: DrumHit[];
}

const golden = JSON.parse(readFileSync('tests/fixtures/golden/drums-decode.json', 'utf8')) as Golden;
const thresholds = golden.thresholds;

/** Activations with the given peaks (class, frame, height), each with half as much beside it. */
function activationsOf(...peaks: [DrumClass, number, number][]): DrumActivations {
  const frameCount = 200;
  const values = new Float32Array(frameCount * DRUM_OUTPUTS);
  for (const [drumClass, frame, height] of peaks) {
    const c = DRUM_CLASSES.indexOf(drumClass);
    for (const [k, share] of [
      [-1, 0.5],
      [0, 1],
      [1, 0.5],
    ] as const) {
      const i = (frame + k) * DRUM_OUTPUTS;
      if (i < 0) continue;
      values[i + c] = Math.max(values[i + c]!, height * share);
      values[i + DRUM_CLASSES.length + c] = 0.7;
    }
  }
  return { frameCount, values };
}

describe('drum decoder', () => {
  it('equals the training code', () => {
    const activations = { frameCount: golden.frames, values: Float32Array.from(golden.activations) };
    const hits = pickDrumHits(activations, thresholds);
    expect(hits.map((hit) => hit.drumClass)).toEqual(golden.hits.map((hit) => hit.drumClass));
    for (const [i, hit] of hits.entries()) {
      expect(hit.seconds).toBeCloseTo(golden.hits[i]!.seconds, 4);
      expect(hit.velocity).toBeCloseTo(golden.hits[i]!.velocity, 3);
      expect(hit.activation).toBeCloseTo(golden.hits[i]!.activation, 3);
    }
  });

  it('writes General MIDI notes with velocity, confidence and a length that ends before the next stroke', () => {
    const notes = decodeDrums(
      activationsOf(['kick', 10, 0.9], ['snare', 60, 0.8], ['snare', 66, 0.8]),
      thresholds,
    );
    expect(notes.map((note) => note.pitch)).toEqual([36, 38, 38]);
    expect(notes[0]!.startSeconds).toBeCloseTo(10 / DRUM_FRAMES_PER_SECOND, 5);
    expect(notes[0]!.velocity).toBeCloseTo(0.7, 5);
    expect(notes[0]!.confidence).toBeGreaterThan(0.9);
    expect(notes[1]!.durationSeconds).toBeCloseTo(6 / DRUM_FRAMES_PER_SECOND, 5);
  });

  it('finds a stroke at the very beginning', () => {
    const [note] = decodeDrums(activationsOf(['kick', 0, 0.9]), thresholds);
    expect(note?.startSeconds).toBeLessThan(0.003);
  });

  it('keeps a roll and merges a flam', () => {
    const roll = activationsOf(['snare', 50, 0.9], ['snare', 55, 0.9], ['snare', 60, 0.9]);
    expect(decodeDrums(roll, thresholds)).toHaveLength(3);
    const flam = activationsOf(['snare', 50, 0.6]);
    flam.values[52 * DRUM_OUTPUTS + 1] = 0.9;
    expect(decodeDrums(flam, thresholds)).toHaveLength(1);
  });

  it('lets a hat be open or closed, not both', () => {
    const notes = decodeDrums(activationsOf(['closed_hat', 50, 0.5], ['open_hat', 51, 0.95]), thresholds);
    expect(notes.map((note) => note.pitch)).toEqual([46]);
  });

  it('puts a layered clap on its snare', () => {
    const notes = decodeDrums(activationsOf(['snare', 50, 0.9], ['clap', 51, 0.9]), thresholds);
    expect(notes).toHaveLength(2);
    expect(notes[0]!.startSeconds).toBe(notes[1]!.startSeconds);
  });

  it('finds more hits with more sensitivity, the same at 0.5, and marks the extra ones as unsure', () => {
    const activations = activationsOf(['kick', 10, 0.95], ['kick', 60, 0.45], ['kick', 110, 0.12]);
    const count = (sensitivity: number): number => decodeDrums(activations, thresholds, sensitivity).length;
    expect([0, 0.25, 0.5, 0.75, 1].map(count)).toEqual([1, 1, 2, 2, 3]);
    expect(thresholdsAt(thresholds, 0.5)).toEqual(thresholds);
    expect(decodeDrums(activations, thresholds, 1)[2]!.confidence).toBeLessThan(0.5);
  });

  it('finds nothing in nothing', () => {
    expect(decodeDrums({ frameCount: 0, values: new Float32Array(0) }, thresholds)).toEqual([]);
  });
});
