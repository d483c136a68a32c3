import { familyName, type InstrumentFamily } from '$lib/core/instruments';
import type { TranscribedTrack } from '$lib/core/transcription';
import type { JobFiles } from '../../files/job-files';
import { CREPE_ID } from '../transcribe-line/pipeline';
import { NOTES_ID } from '../transcribe-notes/pipeline';
import type { PipelineEnv } from '../types';
import { lineName } from './hear-line';
import { hearAgain, notesFrom } from './methods';
import { openStems, originOf, saveOrigin } from './revise';
import { withNotes } from './tracks';
import type { TrackOrigin } from './types';

const TRAINED_SENSITIVITY = 0.5;

export interface NewInstrument {
  readonly family: InstrumentFamily;
  /** General MIDI program 0-127. */
  readonly program: number;
}

/**
 * The track as another instrument. A part on the vocals stem that turns out to be a voice is heard again as a line,
 * a line that turns out to be an instrument with chords is heard again by the notes network; otherwise only names
 * change and every note stays.
 */
export async function changeInstrument(
  track: TranscribedTrack,
  { family, program }: NewInstrument,
  files: JobFiles,
  env: PipelineEnv,
): Promise<TranscribedTrack> {
  const name = family === track.family ? track.name : familyName(family);
  const renamed = { ...track, family, program, name, isDrum: family === 'drums' };
  const next = otherMethod(await originOf(files, track.id), renamed, env);
  if (next === undefined) return renamed;
  const stored = await hearAgain(next, await openStems(files, next), env);
  await files.saveActivations(next.activations, stored);
  await saveOrigin(files, track.id, next);
  const modelIds = [next.method === 'line' ? CREPE_ID : NOTES_ID];
  return { ...withNotes(renamed, notesFrom(next, stored, env, TRAINED_SENSITIVITY)), modelIds };
}

/** How the track should be heard now, or undefined where the way it was heard fits. */
function otherMethod(
  origin: TrackOrigin,
  { stem, family }: TranscribedTrack,
  env: PipelineEnv,
): TrackOrigin | undefined {
  const isLine = origin.method === 'line';
  if (family === 'voice' && stem === 'vocals' && !isLine && env.model(CREPE_ID) !== undefined) {
    return { method: 'line', activations: lineName('vocals'), stems: ['vocals'] };
  }
  const wantsChords = family !== 'voice' && family !== 'bass' && family !== 'drums';
  if (isLine && wantsChords && env.model(NOTES_ID) !== undefined) {
    return { method: 'notes', activations: `notes-${stem}`, stems: [stem] };
  }
  return undefined;
}
