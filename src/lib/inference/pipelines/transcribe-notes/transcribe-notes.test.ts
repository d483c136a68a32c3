import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { memoryReader } from '$lib/core/audio';
import type { InstrumentFamily } from '$lib/core/instruments';
import type { Progress } from '$lib/core/progress';
import { NOTES_BINS } from '$lib/audio/dsp/notes-spectrum';
import type { ModelEntry } from '../../models/manifest';
import type { PipelineEnv, Tensors } from '../types';
import { ActivationCollector, LOWEST_PITCH, PITCHES, type NetworkOutput } from './activations';
import { decodeNotes, thresholdsFor } from './decode';
import { groupNotes } from './groups';
import type { AssignmentSettings } from './parameters';
import { castNotes } from './roles';
import { transcribeNotes } from './pipeline';

interface Golden {
  readonly frameCount: number;
  readonly pitches: readonly number[];
  readonly onset: readonly (readonly number[])[];
  readonly frame: readonly (readonly number[])[];
  readonly velocity: readonly (readonly number[])[];
  readonly logits: readonly (readonly (readonly number[])[])[];
  readonly onsetThreshold: number;
  readonly frameThreshold: number;
  readonly assignment: AssignmentSettings;
  readonly classes: readonly { name: string; family: InstrumentFamily; program: number }[];
  readonly notes: readonly {
    start: number;
    end: number;
    pitch: number;
    velocity: number;
    confidence: number;
    scores: readonly number[];
    family: InstrumentFamily;
  }[];
}

const golden = JSON.parse(readFileSync('tests/fixtures/golden/notes-decode.json', 'utf8')) as Golden;

function goldenOutput(): NetworkOutput {
  const { frameCount, pitches } = golden;
  const classCount = golden.classes.length;
  const plane = (rows: Golden['onset']): Float32Array => {
    const out = new Float32Array(frameCount * PITCHES);
    pitches.forEach((p, i) => rows[i]!.forEach((v, f) => (out[f * PITCHES + p] = v)));
    return out;
  };
  const classes = new Float32Array(frameCount * PITCHES * classCount);
  pitches.forEach((p, i) =>
    golden.logits[i]!.forEach((row, f) => {
      const norm = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
      row.forEach((x, c) => (classes[(f * PITCHES + p) * classCount + c] = x - norm));
    }),
  );
  return {
    frameCount,
    onset: plane(golden.onset),
    frame: plane(golden.frame),
    velocity: plane(golden.velocity),
    classes,
    classCount,
  };
}

function goldenActivations(): ReturnType<ActivationCollector['finish']> {
  const collector = new ActivationCollector(golden.frameCount);
  collector.add(goldenOutput(), { firstFrame: 0, from: 0, to: golden.frameCount });
  return collector.finish();
}

const parameters = {
  contextFrames: 20,
  onsetThreshold: golden.onsetThreshold,
  frameThreshold: golden.frameThreshold,
  assignment: golden.assignment,
  classes: [...golden.classes],
};

describe('decodeNotes', () => {
  it('equals the Python reference', () => {
    const notes = decodeNotes(goldenActivations(), {
      onset: golden.onsetThreshold,
      frame: golden.frameThreshold,
    });
    expect(notes.length).toBe(golden.notes.length);
    notes.forEach((note, i) => {
      const want = golden.notes[i]!;
      expect(note.pitch).toBe(want.pitch);
      expect(note.startSeconds).toBeCloseTo(want.start, 4);
      expect(note.endSeconds).toBeCloseTo(want.end, 4);
      expect(note.velocity).toBeCloseTo(want.velocity, 4);
      expect(note.confidence).toBeCloseTo(want.confidence, 4);
      want.scores.forEach((s, k) => expect(note.classScores[k]).toBeCloseTo(s, 3));
    });
  });

  it('finds more notes at a higher sensitivity, and the chosen ones at 0.5', () => {
    const activations = goldenActivations();
    const chosen = { onset: 0.3, frame: 0.4 };
    expect(thresholdsFor(0.5, chosen)).toEqual(chosen);
    const counts = [0, 0.25, 0.5, 0.75, 1].map(
      (s) => decodeNotes(activations, thresholdsFor(s, chosen)).length,
    );
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts[4]).toBeGreaterThan(counts[0]!);
  });
});

describe('groupNotes', () => {
  const heard = decodeNotes(goldenActivations(), {
    onset: parameters.onsetThreshold,
    frame: parameters.frameThreshold,
  });

  it('gives each note the family of the Python reference', () => {
    const families = castNotes(heard, {}, parameters).map((each) => each.family);
    const got = heard.map((n, i) => `${n.startSeconds.toFixed(3)} ${n.pitch} ${families[i]}`).sort();
    const want = golden.notes.map((n) => `${n.start.toFixed(3)} ${n.pitch} ${n.family}`).sort();
    expect(got).toEqual(want);
  });

  it('gives the notes of a family that has hardly any to the next likely one', () => {
    const sizes = (fewest: number): number[] => {
      const families = castNotes(heard, {}, parameters, fewest).map((each) => each.family);
      return [...new Set(families)].map((family) => families.filter((each) => each === family).length);
    };
    expect(Math.min(...sizes(1))).toBeLessThan(4);
    expect(Math.min(...sizes(4))).toBeGreaterThanOrEqual(4);
    expect(sizes(heard.length + 1)).toEqual([heard.length]);
  });

  it('loses no note', () => {
    const groups = groupNotes(goldenActivations(), parameters);
    expect(groups.reduce((sum, group) => sum + group.notes.length, 0)).toBe(heard.length);
  });

  it('gives nothing for nothing', () => {
    expect(groupNotes({ frameCount: 0, frames: new Uint8Array(0), candidates: [] }, parameters)).toEqual([]);
  });
});

/** A network that hears one pitch where the lowest feature bin of a frame is loud: shows how chunks are laid. */
function fakeEnv(reports: Progress[], signal = new AbortController().signal): PipelineEnv {
  const infer = (_: string, feeds: Tensors): Promise<Tensors> => {
    const { data, dims } = feeds.features!;
    const frames = dims[1]!;
    const plane = (value: (f: number) => number): Float32Array<ArrayBuffer> => {
      const out = new Float32Array(frames * PITCHES);
      for (let f = 0; f < frames; f++) out[f * PITCHES + 40] = value(f);
      return out;
    };
    const level = (f: number): number => (f < 0 || f >= frames ? 0 : data[f * NOTES_BINS + 121]!);
    const rising = (f: number): number => (level(f) > 0.5 && level(f - 1) <= 0.5 ? 0.9 : 0);
    const tensor = (d: Float32Array<ArrayBuffer>, last: number): Tensors[string] => ({
      data: d,
      dims: [1, frames, PITCHES, ...(last > 0 ? [last] : [])],
    });
    return Promise.resolve({
      onset: tensor(plane(rising), 0),
      frame: tensor(
        plane((f) => (level(f) > 0.5 ? 1 : 0)),
        0,
      ),
      velocity: tensor(
        plane(() => 0.5),
        0,
      ),
      classes: tensor(new Float32Array(frames * PITCHES * golden.classes.length), golden.classes.length),
    });
  };
  const entry = { parameters } as unknown as ModelEntry;
  return { infer, model: () => entry, signal, report: (p) => reports.push(p) };
}

/** Pulses of one tone, one a second. */
function pulses(seconds: number): ReturnType<typeof memoryReader> {
  const rate = 16_000;
  const hz = 27.5 * 2 ** (40 / 12);
  const tone = Float32Array.from({ length: seconds * rate }, (_, n) =>
    n % rate > rate / 2 ? 0.3 * Math.sin((2 * Math.PI * hz * n) / rate) : 0,
  );
  return memoryReader({ sampleRateHz: rate, channels: [tone] });
}

describe('transcribeNotes', () => {
  it('lays chunks so that no note is lost or doubled at their edges, and reports up to the total', async () => {
    const reports: Progress[] = [];
    const activations = await transcribeNotes.run({ audio: pulses(40) }, fakeEnv(reports));
    const notes = decodeNotes(activations, { onset: 0.5, frame: 0.5 });
    expect(notes.map((n) => Math.round(n.startSeconds * 10) / 10)).toEqual(
      Array.from({ length: 40 }, (_, k) => k + 0.5),
    );
    expect(new Set(notes.map((n) => n.pitch))).toEqual(new Set([40 + LOWEST_PITCH]));
    expect(reports.at(-1)).toEqual({ phase: 'notes', done: 2, total: 2 });
    expect(reports.map((r) => r.done)).toEqual([0, 1, 2]);
  });

  it('hears the same in a recording that is too long to be held', async () => {
    const audio = pulses(45);
    const held = await transcribeNotes.run({ audio }, fakeEnv([]));
    const inParts = await transcribeNotes.run({ audio, keptSeconds: 5 }, fakeEnv([]));
    expect(held.candidates.length).toBe(45);
    expect(inParts).toEqual(held);
  });

  it('runs the network on equal parts, so that the last one is not mostly empty', async () => {
    const { infer, ...env } = fakeEnv([]);
    const lengths: number[] = [];
    const counted = (id: string, feeds: Tensors): Promise<Tensors> => {
      lengths.push(feeds.features!.dims[1]!);
      return infer(id, feeds);
    };
    await transcribeNotes.run({ audio: pulses(50) }, { ...env, infer: counted });

    // 1,667 frames, ten before and ten after them, and in the middle twice the context of 20 on both sides; in steps of 20.
    expect(lengths).toEqual([880, 880]);
  });

  it('hears nothing in silence, without running the network', async () => {
    const silent = memoryReader({ sampleRateHz: 44_100, channels: [new Float32Array(44_100)] });
    const env = { ...fakeEnv([]), infer: () => Promise.reject(new Error('not to be run')) };
    expect((await transcribeNotes.run({ audio: silent }, env)).candidates).toEqual([]);
  });

  it('stops where the signal is raised', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(transcribeNotes.run({ audio: pulses(2) }, fakeEnv([], controller.signal))).rejects.toThrow(
      /abort/i,
    );
  });
});
