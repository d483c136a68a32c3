import type { AudioReader } from '$lib/core/audio';
import type { NoteEvent } from '$lib/core/notes';
import { dequantise, quantise } from '../../files/pack';
import { decodeDrums, type DrumActivations } from '../transcribe-drums/decode';
import { DRUM_MODEL_ID, drumThresholds } from '../transcribe-drums/kit';
import { transcribeDrums } from '../transcribe-drums/pipeline';
import type { PipelineEnv } from '../types';
import { makeTrack, modelParameters } from './tracks';
import type { HeardTrack } from './types';

interface StoredDrums {
  readonly frameCount: number;
  readonly values: Uint16Array<ArrayBuffer>;
}

export const DRUMS_NAME = 'drums';
/** A consonant or a scratch now and then is no drum part. */
const FEWEST_STROKES_PER_SECOND = 0.35;

/** The drum track, and what to keep so that it can be decoded again. Undefined where hardly a stroke was found. */
export async function hearDrums(
  mix: AudioReader,
  drums: AudioReader,
  env: PipelineEnv,
): Promise<{ readonly heard: HeardTrack | undefined; readonly stored: StoredDrums }> {
  const { activations, notes } = await transcribeDrums.run({ mix, drums }, env);
  const stored = { frameCount: activations.frameCount, values: quantise(activations.values) };
  const seconds = mix.lengthSamples / mix.sampleRateHz;
  if (notes.length <= FEWEST_STROKES_PER_SECOND * seconds) return { heard: undefined, stored };
  const track = makeTrack({
    id: 'drums',
    stem: 'drums',
    family: 'drums',
    program: 0,
    name: 'Drums',
    notes,
    modelIds: [DRUM_MODEL_ID],
  });
  return { heard: { track, origin: { method: 'drums', activations: DRUMS_NAME, stems: ['drums'] } }, stored };
}

/** Throws ValiError or AppError where the model is not the one that made the activations. */
export function redecodeDrums(
  stored: unknown,
  env: Pick<PipelineEnv, 'model'>,
  sensitivity: number,
): NoteEvent[] {
  const { frameCount, values } = stored as StoredDrums;
  const activations: DrumActivations = { frameCount, values: dequantise(values) };
  return decodeDrums(activations, drumThresholds(modelParameters(env, DRUM_MODEL_ID)), sensitivity);
}
