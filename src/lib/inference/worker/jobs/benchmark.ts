import { PIPELINE_SAMPLE_RATE_HZ, type PlanarAudio } from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import type { BenchmarkRow } from '../../client/types';
import { memoryFileArea } from '../../files/file-area';
import { JobFiles } from '../../files/job-files';
import { transcribeSong } from '../../pipelines/transcribe-song/transcribe-song';
import type { PipelineEnv } from '../../pipelines/types';
import { encodePcm16, wavHeader16 } from '$lib/formats/wav/wav-writer';
import type { Services } from '../services';
import { createEnvironment } from './environment';

const SECONDS = 12;

/**
 * Runs the main job on a short made-up song and measures the time each network takes for a second of it. The first
 * run of every network is left out: it compiles.
 */
export async function benchmark(
  services: Services,
  backend: 'webgpu' | 'wasm',
  signal: AbortSignal,
): Promise<readonly BenchmarkRow[]> {
  const env = await createEnvironment(services, { backend, signal });
  const warmRuns = new Map<string, number[]>();
  const runs = new Map<string, number>();
  const timed: PipelineEnv = {
    ...env,
    async infer(modelId, feeds) {
      const started = performance.now();
      const result = await env.infer(modelId, feeds);
      const count = (runs.get(modelId) ?? 0) + 1;
      runs.set(modelId, count);
      if (count > 1)
        warmRuns.set(modelId, [...(warmRuns.get(modelId) ?? []), (performance.now() - started) / 1000]);
      return result;
    },
  };
  // Twice, so that networks that run once a song are warm as well.
  for (let round = 0; round < 2; round++) await runOnce(timed);
  return [...warmRuns].map(([modelId, seconds]) => {
    const mean = seconds.reduce((sum, each) => sum + each, 0) / seconds.length;
    return { modelId, backend, realTimeFactor: (mean * (runs.get(modelId)! / 2)) / SECONDS };
  });
}

async function runOnce(env: PipelineEnv): Promise<void> {
  await transcribeSong(
    {
      file: madeUpSong(),
      name: 'benchmark.wav',
      settings: { separationModel: 'embedded', noteModel: 'auto' },
      files: new JobFiles(memoryFileArea(), 'benchmark'),
      decoders: {
        probe: () => Promise.resolve(undefined),
        decodeWhole: () => Promise.reject(new AppError('unexpected', 'a WAV needs no decoder')),
        decodeBlocks: () => {
          throw new AppError('unexpected', 'a WAV needs no decoder');
        },
      },
      onProgress: () => undefined,
      onPartial: () => undefined,
      onNotice: () => undefined,
    },
    env,
  );
}

/** A kick on every beat, noise between, a bass note and a chord: something for every network. */
function madeUpSong(): Blob {
  const length = SECONDS * PIPELINE_SAMPLE_RATE_HZ;
  const left = new Float32Array(length);
  let seed = 1;
  for (let i = 0; i < length; i++) {
    const seconds = i / PIPELINE_SAMPLE_RATE_HZ;
    const inBeat = seconds % 0.5;
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const noise = seed / 2 ** 31 - 1;
    const kick = Math.sin(2 * Math.PI * 60 * inBeat) * Math.exp(-inBeat * 20);
    const hat = noise * Math.exp(-((seconds % 0.25) * 60)) * 0.3;
    const bass = Math.sin(2 * Math.PI * 82.4 * seconds) * 0.3;
    const chord =
      [261.6, 329.6, 392].reduce((sum, hz) => sum + Math.sin(2 * Math.PI * hz * seconds), 0) * 0.1;
    left[i] = 0.4 * (kick + hat + bass + chord * (1 - inBeat));
  }
  const audio: PlanarAudio = { sampleRateHz: PIPELINE_SAMPLE_RATE_HZ, channels: [left, left] };
  return new Blob([wavHeader16(PIPELINE_SAMPLE_RATE_HZ, 2, length), encodePcm16(audio)]);
}
