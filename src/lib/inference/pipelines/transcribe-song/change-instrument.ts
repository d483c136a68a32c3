import { familyName, type InstrumentFamily } from '$lib/core/instruments';
import type { TranscribedTrack } from '$lib/core/transcription';
import type { JobFiles } from '../../files/job-files';
import type { PipelineEnv } from '../types';

export interface NewInstrument {
  readonly family: InstrumentFamily;
  readonly program: number;
}

/** The track as another instrument. Notes are heard again only where the new instrument has a method of its own. */
export function changeInstrument(
  track: TranscribedTrack,
  { family, program }: NewInstrument,
  _files: JobFiles,
  _env: PipelineEnv,
): Promise<TranscribedTrack> {
  const name = family === track.family ? track.name : familyName(family);
  return Promise.resolve({ ...track, family, program, name, isDrum: family === 'drums' });
}
