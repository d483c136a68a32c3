import { describe, expect, it } from 'vitest';
import { memoryReader, type AudioReader } from '$lib/core/audio';
import type { Progress } from '$lib/core/progress';
import type { ModelEntry } from '../../models/manifest';
import type { PipelineEnv, Tensors } from '../types';
import { DRUM_OUTPUTS } from './decode';
import { DRUM_BANDS, DRUM_FRAMES_PER_SECOND } from './features';
import { DRUM_CLASSES, DRUM_MODEL_ID } from './kit';
import { transcribeDrums, type DrumInput } from './pipeline';

const model: ModelEntry = {
  id: DRUM_MODEL_ID,
  version: '0',
  task: 'drums',
  name: 'fake',
  url: 'x',
  bytes: 1,
  sha256: '0'.repeat(64),
  licence: 'none',
  source: 'test',
  sampleRateHz: 22_050,
  inputs: [],
  outputs: [],
  parameters: {
    thresholds: Object.fromEntries(DRUM_CLASSES.map((name) => [name, 0.4])),
    chunkFrames: 1000,
    reachFrames: 66,
  },
  card: 'x',
};

/** A "network" that hears a kick wherever the level of a frame jumps in both sources. */
function jumpNetwork(feeds: Tensors): Tensors {
  const { data, dims } = feeds['features']!;
  const frames = dims[2]!;
  const plane = frames * DRUM_BANDS;
  const out = new Float32Array(frames * DRUM_OUTPUTS);
  const level = (source: number, t: number): number => {
    const first = source * plane + t * DRUM_BANDS;
    return t < 0 ? 0 : data.subarray(first, first + DRUM_BANDS).reduce((a, b) => a + b, 0) / DRUM_BANDS;
  };
  const jump = (source: number, t: number): number => level(source, t) - level(source, t - 2);
  for (let t = 0; t < frames; t++) {
    out[t * DRUM_OUTPUTS] = Math.min(1, Math.max(0, Math.min(jump(0, t), jump(1, t))));
    out[t * DRUM_OUTPUTS + DRUM_CLASSES.length] = 0.5;
  }
  return { activations: { data: out, dims: [1, frames, DRUM_OUTPUTS] } };
}

function environment(
  overrides: Partial<PipelineEnv> = {},
): PipelineEnv & { reports: Progress[]; runs: number } {
  const env = {
    reports: [] as Progress[],
    runs: 0,
    infer: (_: string, feeds: Tensors) => {
      env.runs++;
      return Promise.resolve(jumpNetwork(feeds));
    },
    model: (id: string) => (id === DRUM_MODEL_ID ? model : undefined),
    signal: new AbortController().signal,
    report: (progress: Progress) => void env.reports.push(progress),
    ...overrides,
  };
  return env;
}

/** Clicks of decaying noise at the given seconds, stereo, 44.1 kHz. */
function clicks(lengthSeconds: number, ...atSeconds: number[]): ReturnType<typeof memoryReader> {
  const channel = new Float32Array(Math.round(lengthSeconds * 44_100));
  let seed = 1;
  for (const at of atSeconds) {
    const start = Math.round(at * 44_100);
    for (let n = 0; n < 2000 && start + n < channel.length; n++) {
      seed = (seed * 16_807) % 2_147_483_647;
      channel[start + n]! += (seed / 2_147_483_647 - 0.5) * Math.exp(-n / 500);
    }
  }
  return memoryReader({ sampleRateHz: 44_100, channels: [channel, channel] });
}

/** Drums without anything else: the mix is the stem. */
const alone = (audio: AudioReader): DrumInput => ({ mix: audio, drums: audio });

describe('transcribeDrums', () => {
  it('finds strokes on both sides of a chunk border at their times', async () => {
    const border = 1000 / DRUM_FRAMES_PER_SECOND;
    const at = [0.5, border - 0.2, border + 0.005, border + 0.3, 15.5];
    const env = environment();
    const { notes, activations } = await transcribeDrums.run(alone(clicks(16, ...at)), env);
    expect(env.runs).toBe(2);
    expect(activations.frameCount).toBe(Math.ceil((16 * 22_050) / 220));
    expect(notes.map((note) => note.pitch)).toEqual(at.map(() => 36));
    for (const [i, note] of notes.entries()) expect(Math.abs(note.startSeconds - at[i]!)).toBeLessThan(0.03);
  });

  it('gives the network the mix and the separated drums', async () => {
    const heard = clicks(3, 1);
    const silent = clicks(3);
    const both = await transcribeDrums.run({ mix: heard, drums: heard }, environment());
    const onlyMix = await transcribeDrums.run({ mix: heard, drums: silent }, environment());
    const onlyDrums = await transcribeDrums.run({ mix: silent, drums: heard }, environment());
    expect([both, onlyMix, onlyDrums].map(({ notes }) => notes.length)).toEqual([1, 0, 0]);
  });

  it('reports progress that rises and ends at its total', async () => {
    const env = environment();
    await transcribeDrums.run(alone(clicks(25, 1)), env);
    const done = env.reports.map((progress) => progress.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(env.reports.at(-1)?.done).toBe(env.reports.at(-1)?.total);
  });

  it('gives nothing for nothing', async () => {
    const env = environment();
    const { notes } = await transcribeDrums.run(alone(clicks(0)), env);
    expect(notes).toEqual([]);
    expect(env.runs).toBe(0);
    expect(env.reports.at(-1)).toEqual({ phase: 'drums', done: 1, total: 1 });
  });

  it('stops between chunks when asked to', async () => {
    const controller = new AbortController();
    const env = environment({
      signal: controller.signal,
      infer: (_, feeds) => {
        controller.abort();
        return Promise.resolve(jumpNetwork(feeds));
      },
    });
    await expect(transcribeDrums.run(alone(clicks(25, 1)), env)).rejects.toThrow(/abort/i);
  });

  it('says what is wrong with a missing model, a foreign answer and a foreign rate', async () => {
    const sources = alone(clicks(1, 0.5));
    await expect(transcribeDrums.run(sources, environment({ model: () => undefined }))).rejects.toMatchObject(
      { code: 'model-unavailable' },
    );
    await expect(
      transcribeDrums.run(sources, environment({ infer: () => Promise.resolve({}) })),
    ).rejects.toMatchObject({ code: 'model-wrong-contract' });
    const slow = memoryReader({ sampleRateHz: 8000, channels: [new Float32Array(8000)] });
    await expect(transcribeDrums.run(alone(slow), environment())).rejects.toThrow(RangeError);
  });
});
