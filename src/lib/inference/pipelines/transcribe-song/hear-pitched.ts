import { sumReader } from '$lib/audio/dsp/mix-reader';
import type { AudioReader } from '$lib/core/audio';
import type { InstrumentFamily } from '$lib/core/instruments';
import { STEM_KINDS, type StemKind } from '$lib/core/transcription';
import { BASIC_PITCH_ID } from '../basic-pitch/pipeline';
import { CREPE_ID } from '../transcribe-line/pipeline';
import { NOTES_ID } from '../transcribe-notes/pipeline';
import type { InstrumentGroup } from '../transcribe-notes/groups';
import type { PipelineEnv } from '../types';
import { basicPitchName, hearBasicPitch } from './hear-basic-pitch';
import { hearLine, lineName } from './hear-line';
import { hearInstruments, NOTES_NAME, noteTracks } from './hear-notes';
import type { SeparatedSong } from './separate-song';
import type { SongProgress } from './song-progress';
import { familyOfStem } from './tracks';
import type { HeardTrack, SongInput } from './types';

export interface PitchedStage {
  readonly input: SongInput;
  readonly mix: AudioReader;
  readonly song: SeparatedSong;
  readonly progress: SongProgress;
  envFor(report: PipelineEnv['report']): PipelineEnv;
  /** Takes the instruments that were heard; resolves to the stems in which something plays after that. */
  refine(groups: readonly InstrumentGroup[], env: PipelineEnv): Promise<readonly StemKind[]>;
  add(tracks: readonly HeardTrack[]): void;
}

/**
 * Bass, vocals and everything else that has a pitch, with what the manifest offers. A voice goes to the line
 * transcriber. The notes network names instruments and was trained on whole mixes: it hears the recording without the
 * voice, which keeps it free of the traces of separation (docs/accuracy.md). Basic Pitch names nothing: it hears stem
 * by stem, and the bass is a line of its own then.
 */
export async function hearPitched(stage: PitchedStage): Promise<void> {
  const { input, song, progress, envFor } = stage;
  const taken = new Set<StemKind>();
  const namesInstruments =
    envFor(() => undefined).model(NOTES_ID) !== undefined && input.settings.noteModel !== 'basic-pitch';
  await progress.stage('bass', async (report) => {
    if (!namesInstruments && (await hearStemLine(stage, 'bass', envFor(report)))) taken.add('bass');
  });
  await progress.stage('vocals', async (report) => {
    if (await hearStemLine(stage, 'vocals', envFor(report))) taken.add('vocals');
  });
  if (namesInstruments) return hearTogether(stage, taken);
  await progress.stage('notes', async (report) => {
    for (const stem of ['bass', 'vocals', 'other'] as const) {
      if (!taken.has(stem) && song.audible.includes(stem)) await hearStemAlone(stage, stem, envFor(report));
    }
  });
}

/** True where the stem held a line, which has a track now. */
async function hearStemLine(
  stage: PitchedStage,
  stem: 'bass' | 'vocals',
  env: PipelineEnv,
): Promise<boolean> {
  const { input, song, add } = stage;
  const audio = song.stems.get(stem);
  if (audio === undefined || !song.audible.includes(stem) || env.model(CREPE_ID) === undefined) return false;
  const { heard, stored } = await hearLine(stem, audio, env);
  await input.files.saveActivations(lineName(stem), stored);
  if (heard === undefined) return false;
  add([heard]);
  return true;
}

async function hearTogether(stage: PitchedStage, taken: ReadonlySet<StemKind>): Promise<void> {
  const { input, song, mix, progress, envFor, add, refine } = stage;
  // Drums or a voice alone: whatever the network would hear there is theirs.
  const hasMore = song.audible.some((stem) => stem !== 'drums' && !taken.has(stem));
  const stems = STEM_KINDS.filter((stem) => !taken.has(stem));
  const readers = stems.flatMap((stem): readonly AudioReader[] => {
    const reader = song.stems.get(stem);
    return reader === undefined ? [] : [reader];
  });
  const audio = taken.size === 0 || readers.length === 0 ? mix : sumReader(readers);
  const heard = await progress.stage('notes', async (report) => {
    if (!hasMore) return undefined;
    const instruments = await hearInstruments(audio, envFor(report));
    await input.files.saveActivations(NOTES_NAME, instruments.stored);
    return instruments;
  });
  const audible = await progress.stage('refine', (report) => refine(heard?.groups ?? [], envFor(report)));
  const skip = new Set<InstrumentFamily>([...taken].map(familyOfStem));
  if (heard !== undefined) add(noteTracks(heard, { stems, audible, skip }));
}

async function hearStemAlone(stage: PitchedStage, stem: StemKind, env: PipelineEnv): Promise<void> {
  const audio = stage.song.stems.get(stem);
  if (audio === undefined || env.model(BASIC_PITCH_ID) === undefined) return;
  const { heard, stored } = await hearBasicPitch(stem, audio, env);
  await stage.input.files.saveActivations(basicPitchName(stem), stored);
  if (heard !== undefined) stage.add([heard]);
}
