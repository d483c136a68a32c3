import { describe, expect, it } from 'vitest';
import { memoryReader, type PlanarAudio } from '$lib/core/audio';
import type { Progress } from '$lib/core/progress';
import { STEM_KINDS, type StemKind } from '$lib/core/transcription';
import type { ModelEntry } from '../../models/manifest';
import type { PipelineEnv, Tensors } from '../types';
import { separatePipeline, type SeparateOutput } from './pipeline';

const RATE_HZ = 44_100;

class Collector {
  readonly blocks: PlanarAudio[] = [];
  closed = false;

  write(block: PlanarAudio): Promise<void> {
    this.blocks.push(block);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  channel(index: number): Float32Array {
    return Float32Array.from(this.blocks.flatMap((block) => [...block.channels[index]!]));
  }
}

function entry(id: string): ModelEntry {
  return {
    id,
    version: '1',
    task: 'separate',
    name: id,
    url: '',
    bytes: 1,
    sha256: '',
    licence: 'MIT',
    source: '',
    sampleRateHz: RATE_HZ,
    inputs: [],
    outputs: [],
    parameters: {},
    card: '',
  };
}

interface Run {
  readonly output: SeparateOutput;
  readonly writers: Record<StemKind, Collector>;
  readonly progress: Progress[];
  readonly calls: string[];
}

async function run(
  channels: readonly Float32Array<ArrayBuffer>[],
  models: Readonly<Record<string, (feeds: Tensors) => Tensors>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Run> {
  const writers = {
    drums: new Collector(),
    bass: new Collector(),
    vocals: new Collector(),
    other: new Collector(),
  };
  const progress: Progress[] = [];
  const calls: string[] = [];
  const env: PipelineEnv = {
    infer: (id, feeds) => {
      calls.push(id);
      return Promise.resolve(models[id]!(feeds));
    },
    model: (id) => (id in models ? entry(id) : undefined),
    signal,
    report: (p) => progress.push(p),
  };
  const source = memoryReader({ sampleRateHz: RATE_HZ, channels });
  const output = await separatePipeline.run({ source, writers }, env);
  return { output, writers, progress, calls };
}

function noise(length: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length }, (_, n) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return 0.2 * (state / 1073741824 - 1) + 0.3 * Math.sin(n * 0.01) + 0.2 * Math.sin(n * 0.2);
  });
}

/** The largest difference between the source and the sum of the stems, over both channels. */
function sumError(writers: Run['writers'], channels: readonly Float32Array[]): number {
  let most = 0;
  channels.forEach((channel, c) => {
    const stems = STEM_KINDS.map((kind) => writers[kind].channel(c));
    for (const stem of stems) expect(stem.length).toBe(channel.length);
    channel.forEach((v, n) => {
      most = Math.max(most, Math.abs(stems.reduce((sum, stem) => sum + stem[n]!, 0) - v));
    });
  });
  return most;
}

const vocalModel =
  (share: number) =>
  ({ magnitude }: Tensors): Tensors => ({
    vocalMask: { data: new Float32Array(magnitude!.data.length).fill(share), dims: magnitude!.dims },
  });

const splitModel =
  (drums: number, bass: number) =>
  ({ features }: Tensors): Tensors => {
    const [, , frames, positions] = features!.dims;
    const plane = 8 * frames! * positions!;
    const data = new Float32Array(2 * plane).fill(drums, 0, plane).fill(bass, plane);
    return { masks: { data, dims: [1, 16, frames!, positions!] } };
  };

describe('separatePipeline', () => {
  it.each([1, 1000, 44_100, 44_101, 700_001])('stems of %i samples sum to the source', async (length) => {
    const channels = [noise(length, 1), noise(length, 2)];
    const { writers, output } = await run(channels);
    expect(sumError(writers, channels)).toBeLessThan(2e-6);
    expect(output).toEqual({ voice: false, modelIds: [] });
    expect(Object.values(writers).every((w) => w.closed)).toBe(true);
  });

  it('gives a mono source two equal channels', async () => {
    const mono = noise(50_000, 3);
    const { writers } = await run([mono]);
    expect(sumError(writers, [mono, mono])).toBeLessThan(2e-6);
    expect(writers.drums.channel(0)).toEqual(writers.drums.channel(1));
  });

  it('puts clicks into drums and a low tone into bass', async () => {
    const tone = Float32Array.from(
      { length: 88_200 },
      (_, n) => 0.3 * Math.sin((2 * Math.PI * 80 * n) / RATE_HZ),
    );
    const energy = (x: Float32Array): number => x.reduce((sum, v) => sum + v * v, 0);
    const low = await run([tone]);
    expect(energy(low.writers.bass.channel(0))).toBeGreaterThan(0.9 * energy(tone));
    const clicks = new Float32Array(88_200);
    for (let n = 0; n < clicks.length; n += 22_050) clicks[n] = 1;
    const hits = await run([clicks]);
    expect(energy(hits.writers.drums.channel(0))).toBeGreaterThan(0.9 * energy(clicks));
  });

  it('writes silence as silence without asking a model', async () => {
    const { writers, calls, output } = await run([new Float32Array(600_000), new Float32Array(600_000)], {
      'spleeter-2stems': vocalModel(1),
    });
    expect(calls).toEqual([]);
    expect(output.voice).toBe(false);
    expect(writers.other.channel(0).length).toBe(600_000);
    expect(writers.other.channel(1).some((v) => v !== 0)).toBe(false);
  });

  it('handles an empty recording', async () => {
    const { writers } = await run([new Float32Array(0), new Float32Array(0)]);
    expect(writers.drums.channel(0).length).toBe(0);
    expect(writers.drums.closed).toBe(true);
  });

  it('moves a sure voice into vocals', async () => {
    const channels = [noise(60_000, 5), noise(60_000, 6)];
    const { writers, output } = await run(channels, { 'spleeter-2stems': vocalModel(1) });
    expect(output).toEqual({ voice: true, modelIds: ['spleeter-2stems'] });
    expect(sumError(writers, channels)).toBeLessThan(2e-6);
    const energy = (x: Float32Array): number => x.reduce((sum, v) => sum + v * v, 0);
    expect(energy(writers.vocals.channel(0))).toBeGreaterThan(0.6 * energy(channels[0]!));
  });

  it('leaves an unsure voice in the accompaniment, and asks at six places only', async () => {
    const length = 480 * 1024 * 7;
    const channel = noise(length, 7);
    const { writers, output, calls } = await run([channel], { 'spleeter-2stems': vocalModel(0.5) });
    expect(output.voice).toBe(false);
    expect(calls.length).toBe(6);
    expect(writers.vocals.channel(0).some((v) => v !== 0)).toBe(false);
  });

  it('follows the trained split where it is installed', async () => {
    const channels = [noise(60_000, 8), noise(60_000, 9)];
    const { writers, output } = await run(channels, { split: splitModel(0.25, 0.5) });
    expect(output.modelIds).toEqual(['split']);
    const drums = writers.drums.channel(0);
    const bass = writers.bass.channel(0);
    channels[0]!.forEach((v, n) => {
      expect(Math.abs(drums[n]! - 0.25 * v)).toBeLessThan(1e-5);
      expect(Math.abs(bass[n]! - 0.5 * v)).toBeLessThan(1e-5);
    });
  });

  it('reports progress that never falls and ends at its total', async () => {
    const { progress } = await run([noise(1_200_000, 10)], { 'spleeter-2stems': vocalModel(1) });
    const done = progress.map((p) => p.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(new Set(progress.map((p) => p.total)).size).toBe(1);
    expect(done.at(-1)).toBe(progress.at(-1)!.total);
  });

  it('stops between windows when it is cancelled', async () => {
    const controller = new AbortController();
    const stopping = (feeds: Tensors): Tensors => {
      controller.abort();
      return vocalModel(1)(feeds);
    };
    const job = run([noise(1_200_000, 11)], { 'spleeter-2stems': stopping }, controller.signal);
    await expect(job).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('refuses another sampling rate', async () => {
    const source = memoryReader({ sampleRateHz: 48_000, channels: [new Float32Array(10)] });
    const writers = {
      drums: new Collector(),
      bass: new Collector(),
      vocals: new Collector(),
      other: new Collector(),
    };
    const env: PipelineEnv = {
      infer: () => Promise.reject(new Error('not asked')),
      model: () => undefined,
      signal: new AbortController().signal,
      report: () => undefined,
    };
    await expect(separatePipeline.run({ source, writers }, env)).rejects.toThrow(RangeError);
  });
});
