import { describe, expect, it } from 'vitest';
import golden from '../../../../../tests/fixtures/golden/basic-pitch.json';
import { nodeEnv } from '../../../../../tests/helpers/node-env';
import { memoryReader } from '$lib/core/audio';
import type { PipelineEnv } from '../types';
import { decodeBasicPitch, PITCHES, thresholdsAt, type BasicPitchActivations } from './decode';
import { basicPitch, redecodeBasicPitch } from './pipeline';

const RATE = 22_050;
const WINDOW = 43_844;
const PUBLISHED = { onset: 0.5, frame: 0.3, shortestSeconds: 0.128 };

/** The same plucked notes as chord() of training/basic_pitch_export/export.py. */
function plucked(seconds = WINDOW / RATE): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round(seconds * RATE));
  for (const [start, hz] of [
    [0.2, 220],
    [0.9, 554.3653],
  ] as const) {
    for (let n = 0; n < samples.length; n++) {
      const since = n / RATE - start;
      if (since < 0) continue;
      for (let k = 1; k <= 4; k++) {
        samples[n]! += (0.2 * Math.exp(-since * 2.5) * Math.sin(2 * Math.PI * k * hz * since)) / k;
      }
    }
  }
  return samples;
}

/** Activations from notes: [key, first frame, end frame, level]. */
function activations(
  frameCount: number,
  notes: readonly (readonly [number, number, number, number])[],
): BasicPitchActivations {
  const note = new Uint8Array(frameCount * PITCHES);
  const onset = new Uint8Array(frameCount * PITCHES);
  for (const [key, start, end, level] of notes) {
    for (let frame = start; frame < end; frame++) note[frame * PITCHES + key] = Math.round(255 * level);
    onset[start * PITCHES + key] = Math.round(255 * level);
  }
  return { frameCount, note, onset };
}

describe('Basic Pitch', () => {
  it('answers as the published network', async () => {
    const out = await nodeEnv().infer('basic-pitch', { audio: { data: plucked(), dims: [1, WINDOW, 1] } });
    golden.pitches.forEach((pitch, column) => {
      for (let frame = 0; frame < 172; frame++) {
        const at = frame * PITCHES + pitch - 21;
        expect(Math.abs(out['note']!.data[at]! - golden.note[frame]![column]!)).toBeLessThan(2e-3);
        expect(Math.abs(out['onset']!.data[at]! - golden.onset[frame]![column]!)).toBeLessThan(2e-3);
      }
    });
  });

  it('finds two plucked notes, also across windows, without drift', async () => {
    const once = plucked(4);
    const samples = new Float32Array(once.length * 4);
    for (let i = 0; i < 4; i++) samples.set(once, i * once.length);
    const audio = memoryReader({ sampleRateHz: RATE, channels: [samples] });
    const { notes, activations: kept } = await basicPitch.run({ audio }, nodeEnv());
    for (let i = 0; i < 4; i++) {
      for (const [pitch, start] of [
        [57, 0.2],
        [73, 0.9],
      ] as const) {
        const near = notes.filter(
          (note) => note.pitch === pitch && Math.abs(note.startSeconds - start - 4 * i) < 0.04,
        );
        expect(near, `${pitch} at ${start + 4 * i}`).toHaveLength(1);
      }
    }
    expect(redecodeBasicPitch(kept, 0.5)).toEqual(notes);
    expect(redecodeBasicPitch(kept, 0).length).toBeLessThanOrEqual(redecodeBasicPitch(kept, 1).length);
  });

  it('reports up to the total, stops when cancelled, and survives an empty recording', async () => {
    const reports: number[] = [];
    const controller = new AbortController();
    const env: PipelineEnv = {
      model: () => undefined,
      signal: controller.signal,
      report: ({ done, total }) => reports.push(done / total),
      infer: () => {
        const empty = { data: new Float32Array(172 * PITCHES), dims: [1, 172, PITCHES] };
        return Promise.resolve({ note: empty, onset: empty, contour: empty });
      },
    };
    const audio = memoryReader({ sampleRateHz: 44_100, channels: [new Float32Array(44_100 * 5)] });
    expect((await basicPitch.run({ audio }, env)).notes).toEqual([]);
    expect(reports.at(-1)).toBe(1);
    const nothing = memoryReader({ sampleRateHz: 44_100, channels: [new Float32Array(0)] });
    expect((await basicPitch.run({ audio: nothing }, env)).notes).toEqual([]);
    controller.abort();
    await expect(basicPitch.run({ audio }, env)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('decodeBasicPitch', () => {
  it('ends a note where the next one of its pitch begins', () => {
    const notes = decodeBasicPitch(
      activations(200, [
        [40, 10, 60, 0.8],
        [40, 60, 120, 0.8],
        [47, 10, 90, 0.6],
      ]),
      PUBLISHED,
    );
    expect(notes.map((note) => [note.pitch, Math.round(note.startSeconds * 86.13)])).toEqual([
      [61, 10],
      [68, 10],
      [61, 60],
    ]);
    expect(notes[0]!.durationSeconds).toBeCloseTo(50 / 86.13, 2);
  });

  it('drops blips, keeps sustained notes without an onset', () => {
    const quiet = activations(200, [
      [30, 20, 25, 0.9],
      [50, 40, 120, 0.45],
    ]);
    quiet.onset.fill(0);
    const notes = decodeBasicPitch(quiet, PUBLISHED);
    expect(notes.map((note) => note.pitch)).toEqual([71]);
  });

  it('maps sensitivity monotonously to thresholds around the published ones', () => {
    expect(thresholdsAt(0.5, PUBLISHED)).toEqual(PUBLISHED);
    expect(thresholdsAt(0, PUBLISHED).onset).toBeGreaterThan(0.5);
    expect(thresholdsAt(1, PUBLISHED).frame).toBeLessThan(0.3);
  });
});
