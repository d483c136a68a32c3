import { describe, expect, it } from 'vitest';
import { memoryReader, type AudioReader } from '$lib/core/audio';
import type { Progress } from '$lib/core/progress';
import type { PipelineEnv, Tensors } from '../types';
import { everyBeat, pulses } from './pulse.fixture';
import { trackBeats } from './pipeline';

const RATE = 44_100;

function noise(seconds: number, level = 0.1): AudioReader {
  const samples = Float32Array.from({ length: seconds * RATE }, (_, n) => level * Math.sin(n * n * 0.001));
  return memoryReader({ sampleRateHz: RATE, channels: [samples] });
}

/** A session that answers with a 120 bpm pulse from 0.25 s, whatever it hears. */
function fakeEnv(
  seconds: number,
  signal = new AbortController().signal,
): PipelineEnv & { reports: Progress[] } {
  const truth = pulses(everyBeat(120, seconds, 0.25), { durationSeconds: seconds + 1 });
  const reports: Progress[] = [];
  let frame = 0;
  return {
    reports,
    signal,
    model: () => undefined,
    report: (progress) => reports.push(progress),
    infer(id, feeds): Promise<Tensors> {
      expect(id).toBe('beatnet');
      const frames = feeds['features']!.dims[0]!;
      const chances = new Float32Array(frames * 3);
      for (let i = 0; i < frames; i++) {
        chances[i * 3] = truth.beat[frame + i]!;
        chances[i * 3 + 1] = truth.downbeat[frame + i]!;
      }
      // The state counts the frames so far: a chunk that starts with the wrong state is noticed.
      expect(feeds['hidden']!.data[0]).toBe(frame);
      frame += frames;
      const state = { data: new Float32Array(900).fill(frame), dims: [6, 1, 150] };
      return Promise.resolve({
        chances: { data: chances, dims: [frames, 3] },
        hidden_next: state,
        cell_next: state,
      });
    },
  };
}

describe('trackBeats', () => {
  it('carries the state over chunks and reports progress that ends at the total', async () => {
    const env = fakeEnv(70);
    const found = await trackBeats.run({ audio: noise(70) }, env);
    expect(found.bpm).toBeCloseTo(120, 2);
    expect(found.constant).toBe(true);
    const done = env.reports.map((report) => report.done / report.total);
    expect(done.at(-1)).toBe(1);
    done.slice(1).forEach((value, i) => expect(value).toBeGreaterThanOrEqual(done[i]!));
  });

  it('answers silence and an empty recording without asking the network', async () => {
    const env = fakeEnv(5);
    const silent = await trackBeats.run({ audio: noise(5, 0) }, env);
    expect(silent).toMatchObject({ bpm: 120, confidence: 0, constant: true });
    const empty = await trackBeats.run({ audio: noise(0) }, env);
    expect(empty.beatsSeconds).toEqual([]);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const run = trackBeats.run({ audio: noise(5) }, fakeEnv(5, controller.signal));
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });
});
