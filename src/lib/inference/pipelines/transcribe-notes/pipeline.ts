/** Pitched notes with their instruments: features, the notes network chunk by chunk, who plays each, activations to decode from. */

import type { AudioReader } from '$lib/core/audio';
import {
  LONGEST_WINDOW_SAMPLES,
  NOTES_BINS,
  NOTES_HOP_SAMPLES,
  NOTES_SAMPLE_RATE_HZ,
  notesFrameCount,
  NotesSpectrum,
} from '$lib/audio/dsp/notes-spectrum';
import { monoAtRate } from '$lib/audio/dsp/mono-at-rate';
import type { Pipeline, PipelineEnv, Tensors } from '../types';
import { AppError } from '$lib/core/errors';
import { ActivationCollector } from './activations';
import type { NetworkOutput, NoteActivations } from './activations';
import { notesParameters } from './parameters';
import { INSTRUMENTS_ID, NOTES_ID, withPlayers } from './players';

export { NOTES_ID };

/** Most frames that a run adds. All runs of a song have the same shape, so that a GPU compiles once. */
const MOST_CORE_FRAMES = 1200;
/** It is a multiple of this many frames: songs of about the same length share their shapes. */
const RUN_STEP_FRAMES = 20;
/** Frames whose samples the longest window of a frame reaches. */
const SPECTRUM_REACH_FRAMES = Math.ceil(LONGEST_WINDOW_SAMPLES / 2 / NOTES_HOP_SAMPLES);
/** What a run hears before the first and after the last frame of the song: as far as the song sounds in the windows, and silence tells nothing. */
export const EDGE_FRAMES = SPECTRUM_REACH_FRAMES + 1;
/** The level the network was trained at. */
const TARGET_RMS = 0.1;
const SILENCE_RMS = 1e-5;

export interface TranscribeNotesInput {
  readonly audio: AudioReader;
  /** Recordings longer than this are not held in memory; the default of monoAtRate. */
  readonly keptSeconds?: number;
}

export const transcribeNotes: Pipeline<TranscribeNotesInput, NoteActivations> = {
  id: 'transcribe-notes',
  models: [NOTES_ID, INSTRUMENTS_ID],

  async run(input, env): Promise<NoteActivations> {
    return withPlayers(await hearNotes(input, env), env);
  },
};

/** What the notes network says, with the timbre of each candidate and without players. */
export async function hearNotes(
  { audio, ...kept }: TranscribeNotesInput,
  env: PipelineEnv,
): Promise<NoteActivations> {
  const { contextFrames } = notesParameters(env.model(NOTES_ID));
  const mono = await monoAtRate(audio, NOTES_SAMPLE_RATE_HZ, { signal: env.signal, ...kept });
  const frameCount = notesFrameCount(mono.lengthSamples);
  const collector = new ActivationCollector(frameCount);
  const { runFrames, runs } = layRuns(frameCount, contextFrames);
  // Brings the recording to the level of the training clips.
  const gain = mono.rms < SILENCE_RMS ? 0 : TARGET_RMS / mono.rms;
  const spectrum = await NotesSpectrum.create();
  for (const [index, run] of gain > 0 ? runs.entries() : []) {
    env.signal.throwIfAborted();
    env.report({ phase: 'notes', done: index, total: runs.length });
    const { firstFrame } = run;
    const first = (firstFrame - SPECTRUM_REACH_FRAMES) * NOTES_HOP_SAMPLES;
    const samples = await mono.read(first, (runFrames + 2 * SPECTRUM_REACH_FRAMES) * NOTES_HOP_SAMPLES);
    const range = { firstFrame: SPECTRUM_REACH_FRAMES, frameCount: runFrames };
    const features = spectrum.frames(samples, range, gain);
    const result = await env.infer(NOTES_ID, {
      features: { data: features, dims: [1, runFrames, NOTES_BINS] },
    });
    collector.add(networkOutput(result), run);
  }
  env.report({ phase: 'notes', done: runs.length, total: runs.length });
  return collector.finish();
}

interface Run {
  /** The first frame that the network hears. */
  readonly firstFrame: number;
  /** The frames whose answers count, `to` not among them. */
  readonly from: number;
  readonly to: number;
}

/** Runs of one length over a song: inside they overlap by their context, at its ends they begin and end just outside. */
function layRuns(frameCount: number, contextFrames: number): { runFrames: number; runs: readonly Run[] } {
  const count = Math.ceil(frameCount / MOST_CORE_FRAMES);
  const heardFrames = frameCount + 2 * EDGE_FRAMES + (count - 1) * 2 * contextFrames;
  const runFrames = Math.ceil(heardFrames / count / RUN_STEP_FRAMES) * RUN_STEP_FRAMES;
  const runs = Array.from({ length: count }, (_, index) => {
    const firstFrame = index * (runFrames - 2 * contextFrames) - EDGE_FRAMES;
    return {
      firstFrame,
      from: index === 0 ? 0 : firstFrame + contextFrames,
      to: index === count - 1 ? frameCount : firstFrame + runFrames - contextFrames,
    };
  });
  return { runFrames, runs };
}

function networkOutput(tensors: Tensors): NetworkOutput {
  const { onset, frame, velocity, classes, timbre } = tensors;
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
    ...(timbre && { timbre: timbre.data }),
  };
}
