/** Polyphonic notes by Basic Pitch: the second opinion beside our own note network. */

import { toMono, type AudioReader } from '$lib/core/audio';
import type { NoteEvent } from '$lib/core/notes';
import { Resampler } from '$lib/audio/dsp/resample';
import type { Pipeline, PipelineEnv } from '../types';
import {
  decodeBasicPitch,
  PITCHES,
  thresholdsAt,
  type BasicPitchActivations,
  type BasicPitchThresholds,
} from './decode';

export const BASIC_PITCH_ID = 'basic-pitch';

const SAMPLE_RATE_HZ = 22_050;
const HOP_SAMPLES = 256;
const WINDOW_SAMPLES = 43_844;
const WINDOW_FRAMES = 172;
/** Frames at both ends of a window that have heard too little around them. */
const EDGE_FRAMES = 15;
/** One frame less than there is room for, so that windows advance by whole frames and the time does not drift. */
const KEPT_FRAMES = WINDOW_FRAMES - 2 * EDGE_FRAMES - 1;
const ADVANCE_SAMPLES = KEPT_FRAMES * HOP_SAMPLES;
const BLOCK_SECONDS = 20;

const PUBLISHED: BasicPitchThresholds = { onset: 0.5, frame: 0.3, shortestSeconds: 0.128 };

export interface BasicPitchInput {
  readonly audio: AudioReader;
  /** 0-1, default 0.5 as published. */
  readonly sensitivity?: number;
}

export interface BasicPitchNotes {
  readonly notes: readonly NoteEvent[];
  /** For {@link redecodeBasicPitch}. */
  readonly activations: BasicPitchActivations;
}

export const basicPitch: Pipeline<BasicPitchInput, BasicPitchNotes> = {
  id: 'basic-pitch',
  models: [BASIC_PITCH_ID],

  async run({ audio, sensitivity = 0.5 }, env): Promise<BasicPitchNotes> {
    const samples = Math.ceil((audio.lengthSamples / audio.sampleRateHz) * SAMPLE_RATE_HZ);
    const frameCount = samples > 0 ? 1 + Math.floor(samples / HOP_SAMPLES) : 0;
    const note = new Uint8Array(frameCount * PITCHES);
    const onset = new Uint8Array(frameCount * PITCHES);
    const windows = Math.ceil(frameCount / KEPT_FRAMES);
    const source = new MonoWindows(audio, env);
    for (let w = 0; w < windows; w++) {
      env.signal.throwIfAborted();
      const first = w * ADVANCE_SAMPLES - EDGE_FRAMES * HOP_SAMPLES;
      const data = await source.read(first, WINDOW_SAMPLES);
      const out = await env.infer(BASIC_PITCH_ID, { audio: { data, dims: [1, WINDOW_SAMPLES, 1] } });
      keep(out['note']!.data, note, w, frameCount);
      keep(out['onset']!.data, onset, w, frameCount);
      env.report({ phase: 'notes', done: w + 1, total: windows + 1 });
    }
    const activations: BasicPitchActivations = { frameCount, note, onset };
    const notes = redecodeBasicPitch(activations, sensitivity);
    env.report({ phase: 'notes', done: windows + 1, total: windows + 1 });
    return { notes, activations };
  },
};

/** Notes at another sensitivity, without the network. */
export function redecodeBasicPitch(activations: BasicPitchActivations, sensitivity: number): NoteEvent[] {
  return decodeBasicPitch(activations, thresholdsAt(sensitivity, PUBLISHED));
}

function keep(chances: Float32Array, into: Uint8Array, window: number, frameCount: number): void {
  for (let i = 0; i < KEPT_FRAMES && window * KEPT_FRAMES + i < frameCount; i++) {
    for (let key = 0; key < PITCHES; key++) {
      const value = chances[(EDGE_FRAMES + i) * PITCHES + key]!;
      into[(window * KEPT_FRAMES + i) * PITCHES + key] = Math.round(255 * Math.min(1, Math.max(0, value)));
    }
  }
}

/** Overlapping windows of a recording at 22.05 kHz, read forwards in bounded memory. */
class MonoWindows {
  private readonly resampler: Resampler;
  private readonly blockSamples: number;
  private buffer = new Float32Array(0);
  private bufferStart = 0;
  private readSamples = 0;
  private flushed = false;

  constructor(
    private readonly audio: AudioReader,
    private readonly env: PipelineEnv,
  ) {
    this.resampler = new Resampler(audio.sampleRateHz, SAMPLE_RATE_HZ);
    this.blockSamples = Math.round(BLOCK_SECONDS * audio.sampleRateHz);
  }

  /** `count` samples from `start`, which never decreases from call to call; zeros outside of the recording. */
  async read(start: number, count: number): Promise<Float32Array<ArrayBuffer>> {
    while (!this.flushed && this.bufferStart + this.buffer.length < start + count) await this.readBlock();
    const drop = Math.min(this.buffer.length, Math.max(0, start - this.bufferStart));
    this.buffer = this.buffer.slice(drop);
    this.bufferStart += drop;
    const out = new Float32Array(count);
    const offset = this.bufferStart - start;
    if (offset < count) out.set(this.buffer.subarray(0, count - offset), offset);
    return out;
  }

  private async readBlock(): Promise<void> {
    this.env.signal.throwIfAborted();
    const { audio, blockSamples } = this;
    const count = Math.min(blockSamples, audio.lengthSamples - this.readSamples);
    const block =
      count > 0
        ? this.resampler.push(toMono(await audio.read(this.readSamples, count)))
        : this.resampler.flush();
    this.flushed = count <= 0;
    this.readSamples += Math.max(0, count);
    const joined = new Float32Array(this.buffer.length + block.length);
    joined.set(this.buffer);
    joined.set(block, this.buffer.length);
    this.buffer = joined;
  }
}
