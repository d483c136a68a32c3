import { PIPELINE_SAMPLE_RATE_HZ, type AudioReader } from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import type { NoteEvent } from '$lib/core/notes';
import { monoAtRate, type MonoSource } from '$lib/audio/dsp/mono-at-rate';
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

const RATE_RATIO = PIPELINE_SAMPLE_RATE_HZ / DRUM_SAMPLE_RATE_HZ;

export interface DrumInput {
  /** The recording and the drums separated from it, of the same length at 44.1 kHz: the network hears both at once. */
  readonly mix: AudioReader;
  readonly drums: AudioReader;
  /** 0-1, 0.5 as trained. */
  readonly sensitivity?: number;
}

export interface DrumOutput {
  /** To be kept: {@link decodeDrums} makes notes of another sensitivity from them. */
  readonly activations: DrumActivations;
  readonly notes: readonly NoteEvent[];
}

/** A recording at the drum rate, and the factor that brings it to the level of the training clips. */
interface HeardSource {
  readonly mono: MonoSource;
  readonly gain: number;
}

async function hear(audio: AudioReader, signal: AbortSignal): Promise<HeardSource> {
  const meter = new DrumLevelMeter();
  const mono = await monoAtRate(audio, DRUM_SAMPLE_RATE_HZ, { signal, listen: (block) => meter.push(block) });
  return { mono, gain: meter.gain() };
}

interface Chunk {
  readonly firstFrame: number;
  readonly inputFrames: number;
}

/** [inputFrames, DRUM_BANDS] from `firstFrame`; frames outside of the recording are silent. */
async function chunkFeatures(
  { mono, gain }: HeardSource,
  features: DrumFeatures,
  { firstFrame, inputFrames, frameCount }: Chunk & { frameCount: number },
): Promise<Float32Array<ArrayBuffer>> {
  const half = DRUM_WINDOW_SAMPLES / 2;
  const firstSample = firstFrame * DRUM_HOP_SAMPLES - half;
  const samples = await mono.read(firstSample, inputFrames * DRUM_HOP_SAMPLES + DRUM_WINDOW_SAMPLES);
  const out = new Float32Array(inputFrames * DRUM_BANDS);
  for (let i = 0; i < inputFrames; i++) {
    const frame = firstFrame + i;
    if (frame < 0 || frame >= frameCount) continue;
    features.frame(samples, i * DRUM_HOP_SAMPLES + half, gain, out, i * DRUM_BANDS);
  }
  return out;
}

/** The network's answer, [frameCount, DRUM_OUTPUTS]. Every run has the same shape, so that a GPU compiles once. */
async function inferActivations(
  sources: readonly HeardSource[],
  { frameCount, parameters }: { readonly frameCount: number; readonly parameters: DrumParameters },
  env: PipelineEnv,
  onChunk: (frames: number) => void,
): Promise<Float32Array<ArrayBuffer>> {
  const { chunkFrames, reachFrames } = parameters;
  const inputFrames = chunkFrames + 2 * reachFrames;
  const features = await DrumFeatures.create();
  const out = new Float32Array(frameCount * DRUM_OUTPUTS);
  for (let start = 0; start < frameCount; start += chunkFrames) {
    env.signal.throwIfAborted();
    const plane = inputFrames * DRUM_BANDS;
    const data = new Float32Array(sources.length * plane);
    for (const [k, source] of sources.entries()) {
      const chunk = { firstFrame: start - reachFrames, inputFrames, frameCount };
      data.set(await chunkFeatures(source, features, chunk), k * plane);
    }
    const dims = [1, sources.length, inputFrames, DRUM_BANDS];
    const answer = await env.infer(DRUM_MODEL_ID, { features: { data, dims } });
    const values = answer['activations']?.data;
    if (values?.length !== inputFrames * DRUM_OUTPUTS)
      throw new AppError(
        'model-wrong-contract',
        `${DRUM_MODEL_ID}: activations of ${values?.length ?? 0} values`,
      );
    const frames = Math.min(chunkFrames, frameCount - start);
    const first = reachFrames * DRUM_OUTPUTS;
    out.set(values.subarray(first, first + frames * DRUM_OUTPUTS), start * DRUM_OUTPUTS);
    onChunk(frames);
  }
  return out;
}

/**
 * Finds the drum strokes of recordings: features, network, peaks. Throws RangeError for sources of another rate,
 * AppError 'model-unavailable' where the network is not installed, and whatever `env.infer` rejects with.
 */
export const transcribeDrums: Pipeline<DrumInput, DrumOutput> = {
  id: 'transcribe-drums',
  models: [DRUM_MODEL_ID],
  async run({ mix, drums, sensitivity = 0.5 }, env) {
    const model = env.model(DRUM_MODEL_ID);
    if (model === undefined) throw new AppError('model-unavailable', DRUM_MODEL_ID);
    const parameters = drumParameters(model);
    const both = [mix, drums];
    for (const { sampleRateHz } of both)
      if (sampleRateHz !== PIPELINE_SAMPLE_RATE_HZ) throw new RangeError(`drums at ${sampleRateHz} Hz`);
    const frameCount = drumFrameCount(Math.ceil(mix.lengthSamples / RATE_RATIO));
    const total = Math.max(1, frameCount);
    let done = 0;
    env.report({ phase: 'drums', done, total });
    const sources: HeardSource[] = [];
    for (const audio of both) sources.push(await hear(audio, env.signal));
    const values = await inferActivations(sources, { frameCount, parameters }, env, (frames) => {
      done += frames;
      env.report({ phase: 'drums', done, total });
    });
    if (done < total) env.report({ phase: 'drums', done: total, total });
    const activations: DrumActivations = { frameCount, values };
    return { activations, notes: decodeDrums(activations, parameters.thresholds, sensitivity) };
  },
};
