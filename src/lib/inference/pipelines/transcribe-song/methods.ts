import type { AudioReader } from '$lib/core/audio';
import type { NoteEvent } from '$lib/core/notes';
import { transcribeNotes } from '../transcribe-notes/pipeline';
import type { PipelineEnv } from '../types';
import { hearBasicPitch, redecodeStoredBasicPitch } from './hear-basic-pitch';
import { hearDrums, redecodeDrums } from './hear-drums';
import { hearLine, redecodeLine } from './hear-line';
import { redecodeNotes } from './hear-notes';
import type { TrackOrigin } from './types';

/** The notes of a track out of what its method left behind. `sensitivity` 0-1, 0.5 as trained. */
export function notesFrom(
  origin: TrackOrigin,
  stored: unknown,
  env: Pick<PipelineEnv, 'model'>,
  sensitivity: number,
): readonly NoteEvent[] {
  switch (origin.method) {
    case 'drums':
      return redecodeDrums(stored, env, sensitivity);
    case 'notes':
      return redecodeNotes(stored, origin.family, env, sensitivity);
    case 'line':
      return redecodeLine(stored, sensitivity);
    case 'basic-pitch':
      return redecodeStoredBasicPitch(stored, sensitivity);
  }
}

/** Runs a track's method over a stretch of audio and returns what it leaves behind. */
export async function hearAgain(origin: TrackOrigin, audio: AudioReader, env: PipelineEnv): Promise<unknown> {
  switch (origin.method) {
    case 'drums':
      return (await hearDrums(audio, audio, env)).stored;
    case 'notes':
      return transcribeNotes.run({ audio }, env);
    case 'line':
      return (await hearLine(origin.stems.includes('bass') ? 'bass' : 'vocals', audio, env)).stored;
    case 'basic-pitch':
      return (await hearBasicPitch(origin.stems[0] ?? 'other', audio, env)).stored;
  }
}
