import type { AudioReader } from '$lib/core/audio';
import type { InstrumentFamily } from '$lib/core/instruments';
import type { StemKind } from '$lib/core/transcription';
import { sumReader } from '$lib/audio/dsp/mix-reader';
import { BASIC_PITCH_ID } from '../basic-pitch/pipeline';
import { CREPE_ID } from '../transcribe-line/pipeline';
import { NOTES_ID } from '../transcribe-notes/pipeline';
import type { PipelineEnv } from '../types';
import { basicPitchName, hearBasicPitch } from './hear-basic-pitch';
import { hearLine, lineName } from './hear-line';
import { hearNotes, NOTES_NAME } from './hear-notes';
import type { SeparatedSong } from './separate-song';
import type { SongProgress } from './song-progress';
import { familyOfStem } from './tracks';
import type { HeardTrack, SongInput } from './types';

export interface PitchedStage {
  readonly input: SongInput;
  readonly song: SeparatedSong;
  readonly progress: SongProgress;
  envFor(report: PipelineEnv['report']): PipelineEnv;
  add(tracks: readonly HeardTrack[]): void;
}

/**
 * Bass, vocals and everything else that has a pitch, with what the manifest offers. A voice and, where the polyphonic
 * network cannot name instruments, the bass go to the line transcriber; everything else is heard together.
 */
export async function hearPitched(stage: PitchedStage): Promise<void> {
  const { input, song, progress, envFor, add } = stage;
  const { files } = input;
  const taken = new Set<StemKind>();
  const hearStem = async (stem: 'bass' | 'vocals', env: PipelineEnv): Promise<void> => {
    const audio = song.stems.get(stem);
    if (audio === undefined || !song.audible.includes(stem) || env.model(CREPE_ID) === undefined) return;
    const { heard, stored } = await hearLine(stem, audio, env);
    await files.saveActivations(lineName(stem), stored);
    if (heard === undefined) return;
    add([heard]);
    taken.add(stem);
  };

  await progress.stage('bass', (report) => hearStem('bass', envFor(report)));
  await progress.stage('vocals', (report) => hearStem('vocals', envFor(report)));
  await progress.stage('notes', async (report) => {
    const env = envFor(report);
    const stems = (['bass', 'vocals', 'other'] as const).filter((stem) => !taken.has(stem));
    const readers = stems.flatMap((stem): readonly AudioReader[] => {
      const reader = song.stems.get(stem);
      return reader === undefined ? [] : [reader];
    });
    if (readers.length === 0) return;
    const skip = new Set<InstrumentFamily>([...taken].map(familyOfStem));
    if (env.model(NOTES_ID) !== undefined && input.settings.noteModel !== 'basic-pitch') {
      const { heard, stored } = await hearNotes(sumReader(readers), { stems, skip }, env);
      await files.saveActivations(NOTES_NAME, stored);
      add(heard);
      return;
    }
    for (const stem of stems) {
      const audio = song.stems.get(stem);
      if (audio === undefined || !song.audible.includes(stem) || env.model(BASIC_PITCH_ID) === undefined)
        continue;
      const { heard, stored } = await hearBasicPitch(stem, audio, env);
      await files.saveActivations(basicPitchName(stem), stored);
      if (heard !== undefined) add([heard]);
    }
  });
}
