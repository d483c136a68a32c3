/** Beats, downbeats, metre and tempo map of a recording, with the networks of the manifest. */

import * as v from 'valibot';
import { toMono, type AudioReader } from '$lib/core/audio';
import type { BeatAnalysis } from '$lib/core/transcription';
import { Resampler } from '$lib/audio/dsp/resample';
import type { Pipeline, PipelineEnv, Tensor } from '../types';
import { analyseBeats, defaultBeats } from './analyse';
import type { BeatActivations, TempoOpinion } from './decode';
import {
  applyGain,
  BEAT_BANDS,
  BEAT_FRAMES_PER_SECOND,
  BEAT_SAMPLE_RATE_HZ,
  beatFrameCount,
  LogBandStream,
  withRise,
} from './features';

export const BEATNET_ID = 'beatnet';
const BEAT_TCN_ID = 'beats';

const BLOCK_SECONDS = 20;
/** BeatNet remembers: chunks follow each other with its state. */
const BEATNET_CHUNK_FRAMES = 1500;
const BEATNET_STATE: readonly number[] = [6, 1, 150];
/** Our network looks both ways: chunks overlap by its useful context. */
const TCN_CHUNK_FRAMES = 3000;
const TCN_CONTEXT_FRAMES = 1000;
/** Recordings far from this loudness are brought to the nearer edge; the networks expect the level of a finished mix. */
const RMS_RANGE = [0.05, 0.25] as const;
const SILENCE_RMS = 1e-5;
/** Share of the median spectrum sum from which a frame counts as the beginning of the music. */
const OPENING_SHARE = 0.15;
/** Which tempi the values of our network's `tempi` stand for. */
const TempoParameters = v.object({ tempoLowestBpm: v.number(), tempiPerOctave: v.number() });

export interface TrackBeatsInput {
  readonly audio: AudioReader;
}

export const trackBeats: Pipeline<TrackBeatsInput, BeatAnalysis> = {
  id: 'track-beats',
  models: [BEATNET_ID, BEAT_TCN_ID],

  async run({ audio }, env): Promise<BeatAnalysis> {
    const durationSeconds = audio.lengthSamples / audio.sampleRateHz;
    const frameEstimate = Math.ceil(durationSeconds * BEAT_FRAMES_PER_SECOND);
    const blocks = Math.ceil(durationSeconds / BLOCK_SECONDS);
    const withTcn = env.model(BEAT_TCN_ID) !== undefined;
    const beatNetChunks = Math.ceil(frameEstimate / BEATNET_CHUNK_FRAMES);
    const tcnChunks = withTcn ? Math.ceil(frameEstimate / TCN_CHUNK_FRAMES) : 0;
    const progress = new Steps(env, blocks + beatNetChunks + tcnChunks + 1);

    const { bands, rms } = await readBands(audio, env, progress);
    if (bands.length === 0 || rms < SILENCE_RMS) {
      progress.finish();
      return defaultBeats(durationSeconds);
    }
    const target = Math.min(RMS_RANGE[1], Math.max(RMS_RANGE[0], rms));
    if (target !== rms) applyGain(bands, target / rms);

    const beatNet = await runBeatNet(bands, env, progress);
    const tcn = withTcn ? await runTcn(bands, env, progress) : undefined;
    const analysis = analyseBeats(tcn === undefined ? beatNet : bothOpinions(beatNet, tcn), durationSeconds, {
      ...firstSound(bands),
      ...(tcn === undefined ? {} : { anyBeat: tcn.anyBeat }),
      ...(tcn?.tempo === undefined ? {} : { tempo: tcn.tempo }),
    });
    progress.finish();
    return analysis;
  },
};

/** Counts up to a total and never beyond; `finish` reports the total once. */
class Steps {
  private done = 0;

  constructor(
    private readonly env: PipelineEnv,
    private readonly total: number,
  ) {}

  next(): void {
    this.done = Math.min(this.total - 1, this.done + 1);
    this.env.report({ phase: 'beats', done: this.done, total: this.total });
  }

  finish(): void {
    this.env.report({ phase: 'beats', done: this.total, total: this.total });
  }
}

async function readBands(
  audio: AudioReader,
  env: PipelineEnv,
  progress: Steps,
): Promise<{ bands: Float32Array<ArrayBuffer>; rms: number }> {
  const resampler = new Resampler(audio.sampleRateHz, BEAT_SAMPLE_RATE_HZ);
  const stream = await LogBandStream.create();
  // Room for all of it at once: parts that are joined at the end would take twice as much.
  const totalSamples = Math.ceil((audio.lengthSamples * BEAT_SAMPLE_RATE_HZ) / audio.sampleRateHz);
  const bands = new Float32Array(beatFrameCount(totalSamples) * BEAT_BANDS);
  const blockSamples = Math.round(BLOCK_SECONDS * audio.sampleRateHz);
  let written = 0;
  let energy = 0;
  let samples = 0;
  const take = (mono: Float32Array, last: boolean): void => {
    for (const value of mono) energy += value * value;
    samples += mono.length;
    const part = stream.push(mono, last).subarray(0, bands.length - written);
    bands.set(part, written);
    written += part.length;
  };
  for (let start = 0; start < audio.lengthSamples; start += blockSamples) {
    env.signal.throwIfAborted();
    const count = Math.min(blockSamples, audio.lengthSamples - start);
    take(resampler.push(toMono(await audio.read(start, count))), false);
    progress.next();
  }
  take(resampler.flush(), true);
  return { bands, rms: samples > 0 ? Math.sqrt(energy / samples) : 0 };
}

/** The first frame that is not much quieter than the recording as a whole. */
function firstSound(bands: Float32Array): { firstSoundSeconds?: number } {
  const frames = bands.length / BEAT_BANDS;
  const sums = new Float32Array(frames);
  for (let i = 0; i < bands.length; i++) sums[Math.floor(i / BEAT_BANDS)]! += bands[i]!;
  const usual = Float32Array.from(sums).sort()[frames >> 1] ?? 0;
  const first = sums.findIndex((sum) => sum > usual * OPENING_SHARE);
  return first < 0 ? {} : { firstSoundSeconds: first / BEAT_FRAMES_PER_SECOND };
}

async function runBeatNet(
  bands: Float32Array<ArrayBuffer>,
  env: PipelineEnv,
  progress: Steps,
): Promise<BeatActivations> {
  const frames = bands.length / BEAT_BANDS;
  const beat = new Float32Array(frames);
  const downbeat = new Float32Array(frames);
  const stateSize = BEATNET_STATE.reduce((a, b) => a * b);
  let hidden: Tensor = { data: new Float32Array(stateSize), dims: BEATNET_STATE };
  let cell: Tensor = { data: new Float32Array(stateSize), dims: BEATNET_STATE };
  for (let start = 0; start < frames; start += BEATNET_CHUNK_FRAMES) {
    env.signal.throwIfAborted();
    const end = Math.min(frames, start + BEATNET_CHUNK_FRAMES);
    const before = start > 0 ? bands.subarray((start - 1) * BEAT_BANDS, start * BEAT_BANDS) : undefined;
    const data = withRise(bands.subarray(start * BEAT_BANDS, end * BEAT_BANDS), before);
    const features: Tensor = { data, dims: [end - start, BEAT_BANDS * 2] };
    const out = await env.infer(BEATNET_ID, { features, hidden, cell });
    const chances = out['chances']!.data;
    for (let i = start; i < end; i++) {
      beat[i] = chances[(i - start) * 3]!;
      downbeat[i] = chances[(i - start) * 3 + 1]!;
    }
    hidden = out['hidden_next']!;
    cell = out['cell_next']!;
    progress.next();
  }
  return { beat, downbeat, framesPerSecond: BEAT_FRAMES_PER_SECOND };
}

async function runTcn(
  bands: Float32Array<ArrayBuffer>,
  env: PipelineEnv,
  progress: Steps,
): Promise<{
  readonly anyBeat: Float32Array;
  readonly downbeat: Float32Array;
  readonly tempo: TempoOpinion | undefined;
}> {
  const frames = bands.length / BEAT_BANDS;
  const parameters = v.safeParse(TempoParameters, env.model(BEAT_TCN_ID)?.parameters);
  let tempoSums: Float32Array<ArrayBuffer> | undefined;
  const anyBeat = new Float32Array(frames);
  const downbeat = new Float32Array(frames);
  for (let start = 0; start < frames; start += TCN_CHUNK_FRAMES) {
    env.signal.throwIfAborted();
    const end = Math.min(frames, start + TCN_CHUNK_FRAMES);
    const from = Math.max(0, start - TCN_CONTEXT_FRAMES);
    const to = Math.min(frames, end + TCN_CONTEXT_FRAMES);
    const data = bands.slice(from * BEAT_BANDS, to * BEAT_BANDS);
    const out = await env.infer(BEAT_TCN_ID, { bands: { data, dims: [1, to - from, BEAT_BANDS] } });
    const chances = out['chances']!.data;
    const tempi = out['tempi'];
    if (tempi !== undefined) {
      const count = tempi.dims[2]!;
      tempoSums ??= new Float32Array(count);
      for (let i = (start - from) * count; i < (end - from) * count; i++) {
        tempoSums[i % count]! += tempi.data[i]! / frames;
      }
    }
    for (let i = start; i < end; i++) {
      anyBeat[i] = chances[(i - from) * 2]!;
      downbeat[i] = chances[(i - from) * 2 + 1]!;
    }
    progress.next();
  }
  const tempo =
    tempoSums === undefined || !parameters.success
      ? undefined
      : {
          logChances: tempoSums,
          lowestBpm: parameters.output.tempoLowestBpm,
          perOctave: parameters.output.tempiPerOctave,
        };
  return { anyBeat, downbeat, tempo };
}

/**
 * The mean of both networks: BeatNet has learnt from real recordings where beats are, our network hears the bars better
 * (figures in training/beats/RESULTS.md).
 */
function bothOpinions(
  beatNet: BeatActivations,
  own: { readonly anyBeat: Float32Array; readonly downbeat: Float32Array },
): BeatActivations {
  const beat = new Float32Array(beatNet.beat.length);
  const downbeat = new Float32Array(beatNet.beat.length);
  for (let i = 0; i < beat.length; i++) {
    const any = (beatNet.beat[i]! + beatNet.downbeat[i]! + own.anyBeat[i]!) / 2;
    downbeat[i] = Math.min(any, (beatNet.downbeat[i]! + own.downbeat[i]!) / 2);
    beat[i] = any - downbeat[i]!;
  }
  return { beat, downbeat, framesPerSecond: beatNet.framesPerSecond };
}
