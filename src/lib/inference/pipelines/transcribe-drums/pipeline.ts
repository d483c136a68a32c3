import { PIPELINE_SAMPLE_RATE_HZ, toMono, type AudioReader } from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import type { NoteEvent } from '$lib/core/notes';
import { resample } from '$lib/audio/dsp/resample';
import type { Pipeline, PipelineEnv } from '../types';
import { decodeDrums, DRUM_OUTPUTS, type DrumActivations } from './decode';
import {
  DRUM_BANDS,
  DRUM_HOP_SAMPLES,
  DRUM_SAMPLE_RATE_HZ,
  DRUM_WINDOW_SAMPLES,
  DrumFeatures,
  drumFrameCount,
  DrumLevelMeter,
} from './features';
import { DRUM_MODEL_ID, drumParameters, type DrumParameters } from './kit';

/** Blocks of the level measurement. */
const LEVEL_READ_SECONDS = 30;
const RATE_RATIO = PIPELINE_SAMPLE_RATE_HZ / DRUM_SAMPLE_RATE_HZ;
/** Context that the resampler needs on either side, in samples at the drum rate. */
const RESAMPLE_MARGIN_SAMPLES = 64;

export interface DrumInput {
  /**
   * One or more recordings of the same drums and length at 44.1 kHz (a separated stem, the full mix); the activations
   * are averaged, which is surer than either alone.
   */
  readonly sources: readonly AudioReader[];
  /** 0-1, 0.5 as trained. */
  readonly sensitivity?: number;
}

export interface DrumOutput {
  /** To be kept: {@link decodeDrums} makes notes of another sensitivity from them. */
  readonly activations: DrumActivations;
  readonly notes: readonly NoteEvent[];
}

/** `count` samples from `start` (may be negative) at the drum rate, mono, silence outside the source. */
async function readMono(
  source: AudioReader,
  start: number,
  count: number,
): Promise<Float32Array<ArrayBuffer>> {
  const from = (start - RESAMPLE_MARGIN_SAMPLES) * RATE_RATIO;
  const audio = await source.read(from, (count + 2 * RESAMPLE_MARGIN_SAMPLES) * RATE_RATIO);
  const mono = resample(toMono(audio), PIPELINE_SAMPLE_RATE_HZ, DRUM_SAMPLE_RATE_HZ);
  return mono.subarray(RESAMPLE_MARGIN_SAMPLES, RESAMPLE_MARGIN_SAMPLES + count);
}

async function measureGain(source: AudioReader, lengthSamples: number, signal: AbortSignal): Promise<number> {
  const meter = new DrumLevelMeter();
  const block = LEVEL_READ_SECONDS * DRUM_SAMPLE_RATE_HZ;
  for (let start = 0; start < lengthSamples; start += block) {
    signal.throwIfAborted();
    meter.push(await readMono(source, start, Math.min(block, lengthSamples - start)));
  }
  return meter.gain();
}

interface Chunk {
  readonly firstFrame: number;
  readonly inputFrames: number;
}

/** [inputFrames, DRUM_BANDS] from `firstFrame`; frames outside of the recording are silent. */
async function chunkFeatures(
  source: AudioReader,
  features: DrumFeatures,
  { firstFrame, inputFrames, frameCount, gain }: Chunk & { frameCount: number; gain: number },
): Promise<Float32Array<ArrayBuffer>> {
  const half = DRUM_WINDOW_SAMPLES / 2;
  const firstSample = firstFrame * DRUM_HOP_SAMPLES - half;
  const mono = await readMono(source, firstSample, inputFrames * DRUM_HOP_SAMPLES + DRUM_WINDOW_SAMPLES);
  const out = new Float32Array(inputFrames * DRUM_BANDS);
  for (let i = 0; i < inputFrames; i++) {
    const frame = firstFrame + i;
    if (frame < 0 || frame >= frameCount) continue;
    features.frame(mono, i * DRUM_HOP_SAMPLES + half, gain, out, i * DRUM_BANDS);
  }
  return out;
}

/** Adds the activations of one source to `sum`, [frameCount, DRUM_OUTPUTS]. Every run has the same shape, so that a GPU compiles once. */
async function inferSource(
  source: AudioReader,
  { sum, frameCount, parameters }: { sum: Float32Array; frameCount: number; parameters: DrumParameters },
  env: PipelineEnv,
  onChunk: (frames: number) => void,
): Promise<void> {
  const { chunkFrames, reachFrames } = parameters;
  const inputFrames = chunkFrames + 2 * reachFrames;
  const features = new DrumFeatures();
  const gain = await measureGain(source, Math.ceil(source.lengthSamples / RATE_RATIO), env.signal);
  for (let start = 0; start < frameCount; start += chunkFrames) {
    env.signal.throwIfAborted();
    const chunk = { firstFrame: start - reachFrames, inputFrames, frameCount, gain };
    const data = await chunkFeatures(source, features, chunk);
    const answer = await env.infer(DRUM_MODEL_ID, { features: { data, dims: [1, inputFrames, DRUM_BANDS] } });
    const values = answer['activations']?.data;
    if (values?.length !== inputFrames * DRUM_OUTPUTS)
      throw new AppError(
        'model-wrong-contract',
        `${DRUM_MODEL_ID}: activations of ${values?.length ?? 0} values`,
      );
    const frames = Math.min(chunkFrames, frameCount - start);
    for (let i = 0; i < frames * DRUM_OUTPUTS; i++)
      sum[start * DRUM_OUTPUTS + i]! += values[reachFrames * DRUM_OUTPUTS + i]!;
    onChunk(frames);
  }
}

/**
 * Finds the drum strokes of recordings: features, network, peaks. Throws RangeError for sources of another rate,
 * AppError 'model-unavailable' where the network is not installed, and whatever `env.infer` rejects with.
 */
export const transcribeDrums: Pipeline<DrumInput, DrumOutput> = {
  id: 'transcribe-drums',
  models: [DRUM_MODEL_ID],
  async run({ sources, sensitivity = 0.5 }, env) {
    const model = env.model(DRUM_MODEL_ID);
    if (model === undefined) throw new AppError('model-unavailable', DRUM_MODEL_ID);
    const parameters = drumParameters(model);
    for (const { sampleRateHz } of sources)
      if (sampleRateHz !== PIPELINE_SAMPLE_RATE_HZ) throw new RangeError(`drums at ${sampleRateHz} Hz`);
    const longest = Math.max(0, ...sources.map((source) => source.lengthSamples));
    const frameCount = drumFrameCount(Math.ceil(longest / RATE_RATIO));
    const values = new Float32Array(frameCount * DRUM_OUTPUTS);
    const total = Math.max(1, frameCount * sources.length);
    let done = 0;
    env.report({ phase: 'drums', done, total });
    for (const source of sources)
      await inferSource(source, { sum: values, frameCount, parameters }, env, (frames) => {
        done += frames;
        env.report({ phase: 'drums', done, total });
      });
    if (done < total) env.report({ phase: 'drums', done: total, total });
    for (let i = 0; i < values.length; i++) values[i]! /= sources.length;
    const activations: DrumActivations = { frameCount, values };
    return { activations, notes: decodeDrums(activations, parameters.thresholds, sensitivity) };
  },
};
