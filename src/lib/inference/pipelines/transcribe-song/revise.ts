import { sliceReader, sumReader } from '$lib/audio/dsp/mix-reader';
import type { AudioReader } from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import type { NoteEvent } from '$lib/core/notes';
import type { TranscribedTrack } from '$lib/core/transcription';
import type { JobFiles } from '../../files/job-files';
import type { PipelineEnv } from '../types';
import { hearAgain, notesFrom } from './methods';
import { withNotes } from './tracks';
import { ORIGINS_NAME, type TrackOrigin } from './types';

/** Sound before and after a region that the networks need to judge it. */
const CONTEXT_SECONDS = 4;
const TRAINED_SENSITIVITY = 0.5;

/** Rejects with AppError 'job-missing' where the job's files are gone. */
export async function originOf(files: JobFiles, trackId: string): Promise<TrackOrigin> {
  const origins = (await files.loadActivations(ORIGINS_NAME)) as Readonly<Record<string, TrackOrigin>>;
  const origin = origins[trackId];
  if (origin === undefined) throw new AppError('job-missing', trackId);
  return origin;
}

export async function saveOrigin(files: JobFiles, trackId: string, origin: TrackOrigin): Promise<void> {
  const origins = (await files.loadActivations(ORIGINS_NAME)) as Readonly<Record<string, TrackOrigin>>;
  await files.saveActivations(ORIGINS_NAME, { ...origins, [trackId]: origin });
}

/** The track at another sensitivity, from the kept network output. */
export async function redecodeTrack(
  track: TranscribedTrack,
  sensitivity: number,
  files: JobFiles,
  env: Pick<PipelineEnv, 'model'>,
): Promise<TranscribedTrack> {
  const origin = await originOf(files, track.id);
  const stored = await files.loadActivations(origin.activations);
  return withNotes(track, notesFrom(origin, stored, env, sensitivity));
}

export interface Region {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly sensitivity?: number;
}

/** The track with the notes that start in a region heard again; all others stay, edits included. */
export async function retranscribeRegion(
  track: TranscribedTrack,
  region: Region,
  files: JobFiles,
  env: PipelineEnv,
): Promise<TranscribedTrack> {
  const { startSeconds, endSeconds, sensitivity = TRAINED_SENSITIVITY } = region;
  if (!(endSeconds > startSeconds)) throw new RangeError('A region ends after it starts.');
  const origin = await originOf(files, track.id);
  const audio = await openStems(files, origin);
  const fromSamples = Math.max(0, Math.round((startSeconds - CONTEXT_SECONDS) * audio.sampleRateHz));
  const toSamples = Math.min(
    audio.lengthSamples,
    Math.round((endSeconds + CONTEXT_SECONDS) * audio.sampleRateHz),
  );
  const offsetSeconds = fromSamples / audio.sampleRateHz;
  const stored = await hearAgain(origin, sliceReader(audio, fromSamples, toSamples), env);
  const isInside = (note: NoteEvent): boolean =>
    note.startSeconds >= startSeconds && note.startSeconds < endSeconds;
  const heard = notesFrom(origin, stored, env, sensitivity)
    .map((note) => ({ ...note, startSeconds: note.startSeconds + offsetSeconds }))
    .filter(isInside);
  return withNotes(track, [...track.notes.filter((note) => !isInside(note)), ...heard]);
}

/** What a method listened to. */
export async function openStems(files: JobFiles, origin: TrackOrigin): Promise<AudioReader> {
  return sumReader(await Promise.all(origin.stems.map((stem) => files.openStem(stem))));
}
