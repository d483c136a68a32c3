/** One sung or played line: pitch by CREPE where something sounds, then notes. */

import { toMono, type AudioReader } from '$lib/core/audio';
import type { NoteEvent } from '$lib/core/notes';
import { Resampler } from '$lib/audio/dsp/resample';
import type { Pipeline, PipelineEnv } from '../types';
import {
  activeFrames,
  CREPE_WINDOW_SAMPLES,
  levelsDb,
  LINE_SAMPLE_RATE_HZ,
  lineFrameCount,
  writeFrame,
} from './frames';
import { decodeLine, type LineTrack } from './notes';
import { CREPE_BINS, emptyCandidates, pickCandidates, smoothPitch } from './pitch-track';

export const CREPE_ID = 'crepe-tiny';

const BATCH_FRAMES = 64;
const BLOCK_SECONDS = 20;

export interface TranscribeLineInput {
  /** A stem that holds one voice or instrument. */
  readonly audio: AudioReader;
  /** 0-1, default 0.5; see LineDecodeOptions. */
  readonly sensitivity?: number;
  readonly pitchBends?: boolean;
}

export interface TranscribedLine {
  readonly notes: readonly NoteEvent[];
  /** For {@link decodeLine} at another sensitivity. */
  readonly track: LineTrack;
}

export const transcribeLine: Pipeline<TranscribeLineInput, TranscribedLine> = {
  id: 'transcribe-line',
  models: [CREPE_ID],

  async run({ audio, sensitivity = 0.5, pitchBends = false }, env): Promise<TranscribedLine> {
    const mono = await readMono(audio, env);
    const levels = levelsDb(mono);
    const frames: number[] = [];
    activeFrames(levels).forEach((active, frame) => {
      if (active === 1) frames.push(frame);
    });
    const candidates = emptyCandidates(lineFrameCount(mono.length));
    for (let start = 0; start < frames.length; start += BATCH_FRAMES) {
      env.signal.throwIfAborted();
      const batch = frames.slice(start, start + BATCH_FRAMES);
      const data = new Float32Array(batch.length * CREPE_WINDOW_SAMPLES);
      batch.forEach((frame, i) => writeFrame(mono, frame, data, i * CREPE_WINDOW_SAMPLES));
      const out = await env.infer(CREPE_ID, { frames: { data, dims: [batch.length, CREPE_WINDOW_SAMPLES] } });
      const chances = out['pitch']!.data;
      batch.forEach((frame, i) => pickCandidates(chances, i * CREPE_BINS, candidates, frame));
      env.report({
        phase: 'vocals',
        done: Math.min(frames.length, start + BATCH_FRAMES),
        total: frames.length + 1,
      });
    }
    const track: LineTrack = { ...smoothPitch(candidates), levels };
    const notes = decodeLine(track, { sensitivity, pitchBends });
    env.report({ phase: 'vocals', done: frames.length + 1, total: frames.length + 1 });
    return { notes, track };
  },
};

async function readMono(audio: AudioReader, env: PipelineEnv): Promise<Float32Array<ArrayBuffer>> {
  const resampler = new Resampler(audio.sampleRateHz, LINE_SAMPLE_RATE_HZ);
  const blockSamples = Math.round(BLOCK_SECONDS * audio.sampleRateHz);
  const parts: Float32Array[] = [];
  for (let start = 0; start < audio.lengthSamples; start += blockSamples) {
    env.signal.throwIfAborted();
    const count = Math.min(blockSamples, audio.lengthSamples - start);
    parts.push(resampler.push(toMono(await audio.read(start, count))));
  }
  parts.push(resampler.flush());
  const mono = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    mono.set(part, at);
    at += part.length;
  }
  return mono;
}
