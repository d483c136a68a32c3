/** Pitched notes with their instruments: features, the notes network chunk by chunk, activations to decode from. */

import { toMono, type AudioReader } from '$lib/core/audio';
import {
  NOTES_BINS,
  NOTES_SAMPLE_RATE_HZ,
  notesFrameCount,
  NotesSpectrum,
} from '$lib/audio/dsp/notes-spectrum';
import { Resampler } from '$lib/audio/dsp/resample';
import type { Pipeline, PipelineEnv, Tensors } from '../types';
import { AppError } from '$lib/core/errors';
import { ActivationCollector } from './activations';
import type { NetworkOutput, NoteActivations } from './activations';
import { notesParameters } from './parameters';

export const NOTES_ID = 'notes';

const BLOCK_SECONDS = 20;
/** Most frames that a run adds. All runs of a song have the same shape, so that a GPU compiles once. */
const MOST_CORE_FRAMES = 800;
/** They are a multiple of this many: songs of about the same length share their shapes. */
const CORE_STEP_FRAMES = 50;
/** The level the network was trained at. */
const TARGET_RMS = 0.1;
const SILENCE_RMS = 1e-5;

export interface TranscribeNotesInput {
  readonly audio: AudioReader;
}

export const transcribeNotes: Pipeline<TranscribeNotesInput, NoteActivations> = {
  id: 'transcribe-notes',
  models: [NOTES_ID],

  async run({ audio }, env): Promise<NoteActivations> {
    const { contextFrames } = notesParameters(env.model(NOTES_ID));
    const samples = await readMono(audio, env);
    const frameCount = notesFrameCount(samples.length);
    const collector = new ActivationCollector(frameCount);
    const chunks = Math.ceil(frameCount / MOST_CORE_FRAMES);
    const coreFrames = Math.ceil(frameCount / chunks / CORE_STEP_FRAMES) * CORE_STEP_FRAMES;
    const gain = gainFor(samples);
    const spectrum = await NotesSpectrum.create();
    for (let chunk = 0; chunk < chunks && gain > 0; chunk++) {
      env.signal.throwIfAborted();
      env.report({ phase: 'notes', done: chunk, total: chunks });
      const from = chunk * coreFrames;
      const firstFrame = from - contextFrames;
      const runFrames = coreFrames + 2 * contextFrames;
      const features = spectrum.frames(samples, { firstFrame, frameCount: runFrames }, gain);
      const result = await env.infer(NOTES_ID, {
        features: { data: features, dims: [1, runFrames, NOTES_BINS] },
      });
      collector.add(networkOutput(result), { firstFrame, from, to: from + coreFrames });
    }
    env.report({ phase: 'notes', done: chunks, total: chunks });
    return collector.finish();
  },
};

async function readMono(audio: AudioReader, env: PipelineEnv): Promise<Float32Array<ArrayBuffer>> {
  const resampler = new Resampler(audio.sampleRateHz, NOTES_SAMPLE_RATE_HZ);
  const total = Math.ceil((audio.lengthSamples * NOTES_SAMPLE_RATE_HZ) / audio.sampleRateHz);
  const samples = new Float32Array(total);
  const blockSamples = BLOCK_SECONDS * audio.sampleRateHz;
  let written = 0;
  const append = (block: Float32Array): void => {
    const room = block.subarray(0, total - written);
    samples.set(room, written);
    written += room.length;
  };
  for (let start = 0; start < audio.lengthSamples; start += blockSamples) {
    env.signal.throwIfAborted();
    append(
      resampler.push(toMono(await audio.read(start, Math.min(blockSamples, audio.lengthSamples - start)))),
    );
  }
  append(resampler.flush());
  return samples;
}

/** Brings the recording to the level of the training clips; 0 for silence. */
function gainFor(samples: Float32Array): number {
  let power = 0;
  for (const s of samples) power += s * s;
  const rms = Math.sqrt(power / Math.max(1, samples.length));
  return rms < SILENCE_RMS ? 0 : TARGET_RMS / rms;
}

function networkOutput(tensors: Tensors): NetworkOutput {
  const { onset, frame, velocity, classes } = tensors;
  if (!onset || !frame || !velocity || !classes) {
    throw new AppError('model-wrong-contract', 'notes: an output is missing');
  }
  return {
    frameCount: onset.dims[1] ?? 0,
    onset: onset.data,
    frame: frame.data,
    velocity: velocity.data,
    classes: classes.data,
    classCount: classes.dims[3] ?? 0,
  };
}
