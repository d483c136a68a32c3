import type { AudioReader } from '$lib/core/audio';
import type { StemKind } from '$lib/core/transcription';
import { NOTES_ID } from '../transcribe-notes/pipeline';
import type { PipelineEnv } from '../types';
import { hearNotes, NOTES_NAME } from './hear-notes';
import type { SeparatedSong } from './separate-song';
import type { SongProgress } from './song-progress';
import type { HeardTrack, SongInput } from './types';

export interface PitchedStage {
  readonly input: SongInput;
  readonly song: SeparatedSong;
  /** Everything but the drums. */
  readonly pitched: AudioReader;
  readonly progress: SongProgress;
  envFor(report: PipelineEnv['report']): PipelineEnv;
  add(tracks: readonly HeardTrack[]): void;
}

/** Bass, vocals and everything else that has a pitch, with what the manifest offers for it. */
export async function hearPitched(stage: PitchedStage): Promise<void> {
  const { input, pitched, progress, envFor, add } = stage;
  const { files, settings } = input;
  const stems: readonly StemKind[] = ['bass', 'vocals', 'other'];
  await progress.stage('notes', async (report) => {
    const env = envFor(report);
    if (settings.noteModel === 'basic-pitch' || env.model(NOTES_ID) === undefined) return;
    const { heard, stored } = await hearNotes(pitched, stems, env);
    await files.saveActivations(NOTES_NAME, stored);
    add(heard);
  });
}
