import type { AudioReader } from '$lib/core/audio';
import { defaultProgram } from '$lib/core/instruments';
import type { NoteEvent } from '$lib/core/notes';
import type { StemKind } from '$lib/core/transcription';
import type { BasicPitchActivations } from '../basic-pitch/decode';
import { BASIC_PITCH_ID, basicPitch, redecodeBasicPitch } from '../basic-pitch/pipeline';
import type { PipelineEnv } from '../types';
import { familyOfStem, makeTrack } from './tracks';
import type { HeardTrack } from './types';

/** A stem with fewer notes than this holds no part of its own. */
const FEWEST_NOTES = 4;

export function basicPitchName(stem: StemKind): string {
  return `basic-pitch-${stem}`;
}

/** The notes of one stem as one track: this network knows no instruments. */
export async function hearBasicPitch(
  stem: StemKind,
  audio: AudioReader,
  env: PipelineEnv,
): Promise<{ readonly heard: HeardTrack | undefined; readonly stored: BasicPitchActivations }> {
  const { notes, activations: stored } = await basicPitch.run({ audio }, env);
  if (notes.length < FEWEST_NOTES) return { heard: undefined, stored };
  const family = familyOfStem(stem);
  const program = defaultProgram(family);
  const track = makeTrack({ id: stem, stem, family, program, notes, modelIds: [BASIC_PITCH_ID] });
  const origin = { method: 'basic-pitch', activations: basicPitchName(stem), stems: [stem] } as const;
  return { heard: { track, origin }, stored };
}

export function redecodeStoredBasicPitch(stored: unknown, sensitivity: number): NoteEvent[] {
  return redecodeBasicPitch(stored as BasicPitchActivations, sensitivity);
}
