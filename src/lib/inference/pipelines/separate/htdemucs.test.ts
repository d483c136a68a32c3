import { describe, expect, it } from 'vitest';
import { memoryReader, type PlanarAudio } from '$lib/core/audio';
import type { PipelineEnv, Tensors } from '../types';
import { htdemucsPipeline } from './htdemucs';
import { CHUNK_SAMPLES, checkHtdemucsSignature } from './htdemucs-contract';
import { chunkSpectrum, sourceSamples } from './htdemucs-spectrum';

const INPUTS = [
  { name: 'mix', shape: [1, 2, 343_980] },
  { name: 'spec', shape: [1, 4, 2048, 336] },
];
const OUTPUTS = [
  { name: 'freq', shape: [1, 4, 4, 2048, 336] },
  { name: 'wave', shape: ['batch', 4, 2, 343_980] },
];

const sine = (hz: number, length: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, n) => 0.4 * Math.sin((2 * Math.PI * hz * n) / 44_100 + hz));

describe('checkHtdemucsSignature', () => {
  it('finds the tensors by shape, whatever they are called', () => {
    expect(checkHtdemucsSignature(INPUTS, OUTPUTS)).toEqual({
      waveform: 'mix',
      spectrogram: 'spec',
      time: 'wave',
      frequency: 'freq',
    });
  });

  it.each([
    ['another chunk length', [{ name: 'mix', shape: [1, 2, 441_000] }, INPUTS[1]!], OUTPUTS],
    ['one input', [INPUTS[0]!], OUTPUTS],
    ['a third input', [...INPUTS, { name: 'more', shape: [1] }], OUTPUTS],
    ['six sources', INPUTS, [OUTPUTS[0]!, { name: 'wave', shape: [1, 6, 2, 343_980] }]],
    ['no output', INPUTS, []],
  ])('refuses %s', (_, inputs, outputs) => {
    expect(() => checkHtdemucsSignature(inputs, outputs)).toThrow(
      expect.objectContaining({ code: 'model-wrong-contract' }),
    );
  });
});

describe('the spectrum of a chunk', () => {
  it('comes back as the chunk, but for its ends', () => {
    const chunk = [sine(220, CHUNK_SAMPLES), sine(1000, CHUNK_SAMPLES)];
    const { data, dims } = chunkSpectrum(chunk);
    expect(dims).toEqual([1, 4, 2048, 336]);
    const answer = { data: new Float32Array(16 * 2048 * 336), dims: [1, 4, 4, 2048, 336] };
    answer.data.set(data, 2 * data.length);
    const back = sourceSamples(answer, 2, 1);
    let worst = 0;
    for (let n = 3000; n < CHUNK_SAMPLES - 3000; n++) {
      worst = Math.max(worst, Math.abs(back[n]! - chunk[1]![n]!));
    }
    expect(worst).toBeLessThan(1e-4);
    expect(sourceSamples(answer, 0, 0).some((v) => v !== 0)).toBe(false);
  });
});

describe('htdemucsPipeline', () => {
  it('cross-fades chunks and puts the rest into other', async () => {
    const length = CHUNK_SAMPLES + 100_001;
    const channels = [sine(150, length), sine(333, length)];
    const writers = Object.fromEntries(
      ['drums', 'bass', 'vocals', 'other'].map((kind) => {
        const blocks: PlanarAudio[] = [];
        const write = (block: PlanarAudio): Promise<void> => {
          blocks.push(block);
          return Promise.resolve();
        };
        return [kind, { blocks, write, close: () => Promise.resolve() }];
      }),
    ) as Record<'drums' | 'bass' | 'vocals' | 'other', { blocks: PlanarAudio[] } & Writer>;
    const done: number[] = [];
    const env: PipelineEnv = {
      // Drums: half of the waveform; everything else silent.
      infer: (_id, feeds: Tensors) => {
        const time = new Float32Array(8 * CHUNK_SAMPLES);
        feeds.mix!.data.forEach((v, n) => (time[n] = v / 2));
        return Promise.resolve({
          wave: { data: time, dims: [1, 4, 2, CHUNK_SAMPLES] },
          freq: { data: new Float32Array(16 * 2048 * 336), dims: [1, 4, 4, 2048, 336] },
        });
      },
      model: () => ({
        id: 'htdemucs',
        version: 'user',
        task: 'separate',
        name: 'HTDemucs',
        url: '',
        bytes: 1,
        sha256: '',
        licence: '',
        source: '',
        sampleRateHz: 44_100,
        inputs: INPUTS.map((t) => ({ ...t, type: 'float32' })),
        outputs: OUTPUTS.map((t) => ({ ...t, type: 'float32' })),
        parameters: {},
        card: '',
      }),
      signal: new AbortController().signal,
      report: (p) => done.push(p.done),
    };
    const source = memoryReader({ sampleRateHz: 44_100, channels });
    const output = await htdemucsPipeline.run({ source, writers }, env);
    expect(output).toEqual({ voice: false, modelIds: ['htdemucs'] });
    expect(done).toEqual([0, 1, 2]);
    for (const c of [0, 1]) {
      const joined = (kind: 'drums' | 'other'): Float32Array =>
        Float32Array.from(writers[kind].blocks.flatMap((block) => [...block.channels[c]!]));
      const drums = joined('drums');
      const other = joined('other');
      expect(drums.length).toBe(length);
      let worst = 0;
      channels[c]!.forEach((v, n) => {
        worst = Math.max(worst, Math.abs(drums[n]! - v / 2), Math.abs(drums[n]! + other[n]! - v));
      });
      expect(worst).toBeLessThan(1e-5);
    }
  });
});

interface Writer {
  write(block: PlanarAudio): Promise<void>;
  close(): Promise<void>;
}
