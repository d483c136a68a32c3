/** One sung or played line: pitch by CREPE where something sounds, then notes. */

import type { AudioReader } from '$lib/core/audio';
import type { NoteEvent } from '$lib/core/notes';
import { monoAtRate, type MonoSource } from '$lib/audio/dsp/mono-at-rate';
import type { Pipeline, PipelineEnv } from '../types';
import {
  activeFrames,
  CREPE_WINDOW_SAMPLES,
  LevelMeter,
  LINE_HOP_SAMPLES,
  LINE_SAMPLE_RATE_HZ,
  lineFrameCount,
  writeFrame,
} from './frames';
import { decodeLine, type LineTrack } from './notes';
import {
  CREPE_BINS,
  emptyCandidates,
  pickCandidates,
  smoothPitch,
  type PitchCandidates,
} from './pitch-track';

export const CREPE_ID = 'crepe-tiny';

const BATCH_FRAMES = 64;
/** 20 s: what is read at once. */
const BLOCK_FRAMES = 1000;
/** Hops that a frame reaches to either side of its middle. */
const FRAME_REACH_HOPS = Math.ceil(CREPE_WINDOW_SAMPLES / 2 / LINE_HOP_SAMPLES);

export interface TranscribeLineInput {
  /** A stem that holds one voice or instrument. */
  readonly audio: AudioReader;
  /** 0-1, default 0.5; see LineDecodeOptions. */
  readonly sensitivity?: number;
  readonly pitchBends?: boolean;
  /** Recordings longer than this are not held in memory; the default of monoAtRate. */
  readonly keptSeconds?: number;
}

export interface TranscribedLine {
  readonly notes: readonly NoteEvent[];
  /** For {@link decodeLine} at another sensitivity. */
  readonly track: LineTrack;
}

export const transcribeLine: Pipeline<TranscribeLineInput, TranscribedLine> = {
  id: 'transcribe-line',
  models: [CREPE_ID],

  async run({ audio, sensitivity = 0.5, pitchBends = false, ...kept }, env): Promise<TranscribedLine> {
    const mono = await monoAtRate(audio, LINE_SAMPLE_RATE_HZ, { signal: env.signal, ...kept });
    const levels = await levelsOf(mono, env.signal);
    const candidates = emptyCandidates(lineFrameCount(mono.lengthSamples));
    await hearFrames(mono, activeFrames(levels), candidates, env);
    const track: LineTrack = { ...smoothPitch(candidates), levels };
    return { notes: decodeLine(track, { sensitivity, pitchBends }), track };
  },
};

async function levelsOf(mono: MonoSource, signal: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
  const meter = new LevelMeter(mono.lengthSamples);
  const blockSamples = BLOCK_FRAMES * LINE_HOP_SAMPLES;
  for (let first = 0; first < mono.lengthSamples; first += blockSamples) {
    signal.throwIfAborted();
    meter.add(await mono.read(first, Math.min(blockSamples, mono.lengthSamples - first)), first);
  }
  return meter.levelsDb();
}

/** Pitches of the active frames, batch by batch. */
async function hearFrames(
  mono: MonoSource,
  active: Uint8Array,
  candidates: PitchCandidates,
  env: PipelineEnv,
): Promise<void> {
  const total = active.reduce((sum, each) => sum + each, 0);
  const batch: number[] = [];
  const data = new Float32Array(BATCH_FRAMES * CREPE_WINDOW_SAMPLES);
  let done = 0;
  const hear = async (): Promise<void> => {
    env.signal.throwIfAborted();
    const frames = {
      data: data.slice(0, batch.length * CREPE_WINDOW_SAMPLES),
      dims: [batch.length, CREPE_WINDOW_SAMPLES],
    };
    const out = await env.infer(CREPE_ID, { frames });
    const chances = out['pitch']!.data;
    batch.forEach((frame, i) => pickCandidates(chances, i * CREPE_BINS, candidates, frame));
    done += batch.length;
    batch.length = 0;
    env.report({ phase: 'vocals', done, total: total + 1 });
  };
  for (let firstFrame = 0; firstFrame < active.length; firstFrame += BLOCK_FRAMES) {
    const frames = active.subarray(firstFrame, firstFrame + BLOCK_FRAMES);
    if (!frames.includes(1)) continue;
    const samples = await mono.read(
      (firstFrame - FRAME_REACH_HOPS) * LINE_HOP_SAMPLES,
      (frames.length + 2 * FRAME_REACH_HOPS) * LINE_HOP_SAMPLES,
    );
    for (let i = 0; i < frames.length; i++) {
      if (frames[i] !== 1) continue;
      writeFrame(samples, i + FRAME_REACH_HOPS, data, batch.length * CREPE_WINDOW_SAMPLES);
      batch.push(firstFrame + i);
      if (batch.length === BATCH_FRAMES) await hear();
    }
  }
  if (batch.length > 0) await hear();
  env.report({ phase: 'vocals', done: total + 1, total: total + 1 });
}
