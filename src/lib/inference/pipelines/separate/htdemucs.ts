import { PIPELINE_SAMPLE_RATE_HZ, type AudioReader, type AudioWriter } from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import type { StemKind } from '$lib/core/transcription';
import type { Pipeline, PipelineEnv, Tensor } from '../types';
import {
  CHUNK_SAMPLES,
  HTDEMUCS_MODEL_ID,
  SOURCES,
  checkHtdemucsSignature,
  type HtdemucsNames,
} from './htdemucs-contract';
import { chunkSpectrum, sourceSamples } from './htdemucs-spectrum';
import type { SeparateInput, SeparateOutput } from './pipeline';

/** Chunks overlap by a quarter and are faded into each other. */
const STRIDE_SAMPLES = (CHUNK_SAMPLES * 3) / 4;
/** Below this share of the source's energy (-40 dB) the vocals stem counts as empty. */
const LEAST_VOICE_SHARE = 1e-4;

type Stereo = [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];

/**
 * Separation by a network of the HTDemucs contract that the user brought. What its four sources leave of the recording
 * goes to `other`, so that the stems sum to the source here too. Memory does not grow with the recording.
 */
export const htdemucsPipeline: Pipeline<SeparateInput, SeparateOutput> = {
  id: 'separate-htdemucs',
  models: [HTDEMUCS_MODEL_ID],

  async run({ source, writers }, env) {
    if (source.sampleRateHz !== PIPELINE_SAMPLE_RATE_HZ) {
      throw new RangeError(`separation works at ${PIPELINE_SAMPLE_RATE_HZ} Hz, not ${source.sampleRateHz}`);
    }
    const model = env.model(HTDEMUCS_MODEL_ID);
    if (model === undefined) throw new AppError('model-unavailable', HTDEMUCS_MODEL_ID);
    const names = checkHtdemucsSignature(model.inputs, model.outputs);
    const total = Math.ceil(source.lengthSamples / STRIDE_SAMPLES);
    const sums = new OverlappingChunks();
    const energy = { source: 0, vocals: 0 };
    for (let chunk = 0; chunk < total; chunk++) {
      env.signal.throwIfAborted();
      env.report({ phase: 'separate', done: chunk, total, detail: 'stems' });
      const startSamples = chunk * STRIDE_SAMPLES;
      const audio = await readStereo(source, startSamples);
      sums.add(await inferChunk(env, names, audio));
      const count = Math.min(STRIDE_SAMPLES, source.lengthSamples - startSamples);
      await writeFinished(sums.take(count), audio, writers, energy);
    }
    for (const writer of Object.values(writers)) await writer.close();
    env.report({ phase: 'separate', done: total, total });
    return { voice: energy.vocals > LEAST_VOICE_SHARE * energy.source, modelIds: [HTDEMUCS_MODEL_ID] };
  },
};

async function readStereo(source: AudioReader, startSamples: number): Promise<Stereo> {
  const { channels } = await source.read(startSamples, CHUNK_SAMPLES);
  const [left, right] = channels;
  if (left === undefined) throw new RangeError('audio without channels');
  return [left, right ?? left];
}

/** The four sources of one chunk, each two channels of CHUNK_SAMPLES: the time branch plus the frequency branch. */
async function inferChunk(env: PipelineEnv, names: HtdemucsNames, audio: Stereo): Promise<Stereo[]> {
  const waveform = new Float32Array(2 * CHUNK_SAMPLES);
  waveform.set(audio[0]);
  waveform.set(audio[1], CHUNK_SAMPLES);
  const answer = await env.infer(HTDEMUCS_MODEL_ID, {
    [names.waveform]: { data: waveform, dims: [1, 2, CHUNK_SAMPLES] },
    [names.spectrogram]: chunkSpectrum(audio),
  });
  env.signal.throwIfAborted();
  const time = answer[names.time];
  const frequency = answer[names.frequency];
  if (time === undefined || frequency === undefined) {
    throw new AppError('model-wrong-contract', 'an output is missing');
  }
  return SOURCES.map((_, source) => [both(time, frequency, source, 0), both(time, frequency, source, 1)]);
}

function both(time: Tensor, frequency: Tensor, source: number, channel: number): Float32Array<ArrayBuffer> {
  const samples = sourceSamples(frequency, source, channel);
  const from = (source * 2 + channel) * CHUNK_SAMPLES;
  for (let n = 0; n < CHUNK_SAMPLES; n++) samples[n]! += time.data[from + n]!;
  return samples;
}

/** Weighted sum of overlapping chunks: each counts most in its middle (a triangle). */
class OverlappingChunks {
  private readonly sums: Stereo[] = SOURCES.map(() => [
    new Float32Array(CHUNK_SAMPLES),
    new Float32Array(CHUNK_SAMPLES),
  ]);
  private readonly weights = new Float32Array(CHUNK_SAMPLES);

  add(sources: readonly Stereo[]): void {
    const half = CHUNK_SAMPLES / 2;
    for (let n = 0; n < CHUNK_SAMPLES; n++) {
      const weight = (n < half ? n + 1 : CHUNK_SAMPLES - n) / half;
      this.weights[n]! += weight;
      for (const [source, sum] of this.sums.entries()) {
        sum[0][n]! += weight * sources[source]![0][n]!;
        sum[1][n]! += weight * sources[source]![1][n]!;
      }
    }
  }

  /** The first `count` samples of each source; then everything moves on by a stride. */
  take(count: number): Stereo[] {
    const advance = <T extends Float32Array>(array: T): void => {
      array.copyWithin(0, STRIDE_SAMPLES);
      array.fill(0, CHUNK_SAMPLES - STRIDE_SAMPLES);
    };
    const finished = this.sums.map((sum) => {
      const cut = sum.map((channel) => channel.slice(0, count).map((v, n) => v / this.weights[n]!));
      sum.forEach(advance);
      return [cut[0]!, cut[1]!] satisfies Stereo;
    });
    advance(this.weights);
    return finished;
  }
}

async function writeFinished(
  finished: readonly Stereo[],
  audio: Stereo,
  writers: Readonly<Record<StemKind, AudioWriter>>,
  energy: { source: number; vocals: number },
): Promise<void> {
  const stems = new Map<StemKind, Stereo>(SOURCES.map((kind, source) => [kind, finished[source]!]));
  const count = finished[0]![0].length;
  const other = stems.get('other')!;
  for (const channel of [0, 1] as const) {
    const [drums, bass, vocals] = [stems.get('drums')!, stems.get('bass')!, stems.get('vocals')!];
    for (let n = 0; n < count; n++) {
      const source = audio[channel][n]!;
      const voice = vocals[channel][n]!;
      other[channel][n] = source - drums[channel][n]! - bass[channel][n]! - voice;
      energy.source += source * source;
      energy.vocals += voice * voice;
    }
  }
  for (const [kind, channels] of stems) {
    await writers[kind].write({ sampleRateHz: PIPELINE_SAMPLE_RATE_HZ, channels });
  }
}
