import { describe, expect, it } from 'vitest';
import type { ModelEntry } from '../../models/manifest';
import type { PipelineEnv, Tensors } from '../types';
import { PITCHES, type NoteActivations, type NoteCandidate } from './activations';
import { groupNotes } from './groups';
import type { NotesParameters } from './parameters';
import { PLAIN_PARAMETERS } from './plain-parameters.fixture';
import { withPlayers } from './players';

const parameters: NotesParameters = {
  ...PLAIN_PARAMETERS,
  classes: [
    { name: 'piano', family: 'keys', program: 0 },
    { name: 'electric bass', family: 'bass', program: 33 },
    { name: 'clean guitar', family: 'guitar', program: 27 },
  ],
};
const players = { families: ['keys', 'bass', 'guitar'], alsoFrom: 0.3 } as const;
/** More would not tell a window's edge from another's. */
const FRAMES_APART = 4;

/** Notes one after another, every second of them with so weak an onset that only a high sensitivity takes it. */
function activationsOf(count: number, weakOnset = 0.9): NoteActivations {
  const frameCount = count * FRAMES_APART + 4;
  const candidates = Array.from({ length: count }, (_, k): NoteCandidate => ({
    pitchIndex: 40,
    frame: k * FRAMES_APART,
    centreFrames: k * FRAMES_APART,
    onset: k % 2 === 0 ? 0.9 : weakOnset,
    velocity: 0.5,
    classScores: Float32Array.from([-0.1, -3, -3]),
    timbre: Float32Array.from([k, 0]),
  }));
  const frames = new Uint8Array(frameCount * PITCHES);
  candidates.forEach(({ frame }) => frames.fill(255, frame * PITCHES + 40, frame * PITCHES + 41));
  return { frameCount, frames, candidates };
}

type Answer = (timbre: number) => { families: readonly number[]; velocities: readonly number[] };

function envOf(answer: Answer, runs: Tensors[] = []): PipelineEnv {
  const entries: Readonly<Record<string, unknown>> = {
    notes: { parameters },
    instruments: { parameters: players },
  };
  return {
    model: (id) => entries[id] as ModelEntry | undefined,
    signal: new AbortController().signal,
    report: () => undefined,
    infer(id, feeds) {
      expect(id).toBe('instruments');
      runs.push(feeds);
      const rows = feeds.timbre!.dims[0]!;
      const answers = Array.from({ length: rows }, (_, k) => answer(feeds.timbre!.data[k * 2]!));
      const tensor = (values: readonly number[]): Tensors[string] => ({
        data: Float32Array.from(values),
        dims: [rows, 3],
      });
      return Promise.resolve({
        families: tensor(answers.flatMap((a) => a.families)),
        velocities: tensor(answers.flatMap((a) => a.velocities)),
      });
    },
  };
}

const keysAlone: Answer = () => ({ families: [0.9, 0.05, 0.05], velocities: [0.5, 0.5, 0.5] });

describe('withPlayers', () => {
  it('gives each note the answer of its own row, however many windows there are', async () => {
    const runs: Tensors[] = [];
    const numbered: Answer = (timbre) => ({ families: [timbre / 2048, 0, 0], velocities: [0, 0, 0] });
    const { candidates } = await withPlayers(activationsOf(1500), envOf(numbered, runs));
    expect(candidates.map((c) => c.players!.families[0]! * 2048)).toEqual([...candidates.keys()]);
    expect(Math.max(...runs.map((feeds) => feeds.notes!.dims[0]!))).toBe(256);
    expect(candidates.every((c) => c.timbre === undefined)).toBe(true);
  });

  it('fills a window with rows that are no notes', async () => {
    const runs: Tensors[] = [];
    await withPlayers(activationsOf(10), envOf(keysAlone, runs));
    const { data, dims } = runs[0]!.notes!;
    expect(dims).toEqual([128, 6]);
    expect(Array.from({ length: 128 }, (_, k) => data[k * 6 + 5])).toEqual([
      ...new Array<number>(10).fill(1),
      ...new Array<number>(118).fill(0),
    ]);
  });

  it('leaves what only a higher sensitivity takes to the class scores', async () => {
    const guitarAlone: Answer = () => ({ families: [0, 0, 0.9], velocities: [0.5, 0.5, 0.5] });
    const judged = await withPlayers(activationsOf(20, 0.2), envOf(guitarAlone));
    const sizes = (sensitivity: number): [string, number][] =>
      groupNotes(judged, parameters, sensitivity).map(({ family, notes }) => [family, notes.length]);
    expect(sizes(0.5)).toEqual([['guitar', 10]]);
    expect(sizes(1)).toEqual([
      ['guitar', 10],
      ['keys', 10],
    ]);
  });

  it('leaves activations without a model, or without a timbre, as they were', async () => {
    const env = envOf(keysAlone);
    const without = { ...env, model: (id: string) => (id === 'notes' ? env.model(id) : undefined) };
    expect((await withPlayers(activationsOf(5), without)).players).toBeUndefined();
    const silent = {
      ...activationsOf(5),
      candidates: activationsOf(5).candidates.map(({ timbre: _, ...c }) => c),
    };
    expect(await withPlayers(silent, env)).toEqual(silent);
  });
});

describe('groupNotes with players', () => {
  it('gives a note to every family that plays it, each as hard as it strikes', async () => {
    const both: Answer = (timbre) =>
      timbre < 10
        ? { families: [0.9, 0.6, 0.1], velocities: [0.7, 0.4, 0.9] }
        : { families: [0.9, 0.1, 0.1], velocities: [0.7, 0.4, 0.9] };
    const groups = groupNotes(await withPlayers(activationsOf(20), envOf(both)), parameters);
    expect(groups.map(({ family, program, notes }) => [family, program, notes.length])).toEqual([
      ['keys', 0, 20],
      ['bass', 33, 10],
    ]);
    expect(groups[0]!.notes[0]!.velocity).toBeCloseTo(0.5);
    // Half of the difference between the two.
    expect(groups[1]!.notes[0]!.velocity).toBeCloseTo(0.35);
    expect(groups[1]!.notes.map((n) => n.startSeconds)).toEqual(
      groups[0]!.notes.slice(0, 10).map((n) => n.startSeconds),
    );
  });

  it('names an instrument by what most of its notes sound like among those of its family', async () => {
    const guitars = [
      ...parameters.classes,
      { name: 'distorted guitar', family: 'guitar', program: 30 } as const,
    ];
    const guitarAlone: Answer = () => ({ families: [0.1, 0, 0.9], velocities: [0.5, 0.5, 0.5] });
    const { candidates, ...activations } = activationsOf(20);
    // All sound like a piano most; 6 of 10 that are taken rather like the one guitar, the rest like the other.
    const scoresOf = (k: number): number[] => (k < 12 ? [-0.1, -9, -5, -3] : [-0.1, -9, -3, -5]);
    const sounding = candidates.map((c, k) => ({ ...c, classScores: Float32Array.from(scoresOf(k)) }));
    const judged = await withPlayers({ ...activations, candidates: sounding }, envOf(guitarAlone));
    const [guitar, ...others] = groupNotes(judged, { ...parameters, classes: guitars });
    expect(others).toEqual([]);
    expect([guitar!.family, guitar!.name, guitar!.program]).toEqual(['guitar', 'distorted guitar', 30]);
  });

  it('takes no handful of notes for an instrument, whether they lead or not', async () => {
    const few: Answer = (timbre) =>
      timbre < 3
        ? { families: [0.4, 0.6, 0.5], velocities: [0, 0, 0] }
        : { families: [0.9, 0.1, 0.1], velocities: [0, 0, 0] };
    const groups = groupNotes(await withPlayers(activationsOf(40), envOf(few)), parameters);
    expect(groups.map(({ family, notes }) => [family, notes.length])).toEqual([['keys', 40]]);
  });
});
