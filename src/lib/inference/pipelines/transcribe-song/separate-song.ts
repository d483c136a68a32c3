import type { AudioReader } from '$lib/core/audio';
import { STEM_KINDS, type StemKind } from '$lib/core/transcription';
import { isAudible, measureLevel } from '../recognise/stem-levels';
import { REFINE_MODEL_ID } from '../refine-stems/constants';
import { REFINED_STEMS } from '../refine-stems/pipeline';
import { htdemucsPipeline } from '../separate/htdemucs';
import { HTDEMUCS_MODEL_ID } from '../separate/htdemucs-contract';
import { separatePipeline } from '../separate/pipeline';
import { NOTES_ID } from '../transcribe-notes/pipeline';
import type { PipelineEnv } from '../types';
import { closeAll, openStemWriters, savePeaks } from './stem-writers';
import type { SongInput } from './types';

export interface SeparatedSong {
  readonly stems: ReadonlyMap<StemKind, AudioReader>;
  /** Stems in which something of their own plays. */
  readonly audible: readonly StemKind[];
  /** The drums, the bass and the rest wait to be refined (refine-song.ts): they are not where stems are kept yet. */
  readonly rough: boolean;
}

/** Writes the four stems into the job's files and finds out which of them hold anything. */
export async function separateSong(
  mix: AudioReader,
  { files, settings, onNotice }: Pick<SongInput, 'files' | 'settings' | 'onNotice'>,
  env: PipelineEnv,
): Promise<SeparatedSong> {
  const wantsOwn = settings.separationModel === 'htdemucs';
  const hasOwn = wantsOwn && env.model(HTDEMUCS_MODEL_ID) !== undefined;
  if (wantsOwn && !hasOwn)
    onNotice('No HTDemucs file was added yet: the built-in models separate this song.');
  const hasNotes = env.model(NOTES_ID) !== undefined && settings.noteModel !== 'basic-pitch';
  const rough = !hasOwn && hasNotes && env.model(REFINE_MODEL_ID) !== undefined;
  const isRough = (kind: StemKind): boolean => rough && REFINED_STEMS.some((each) => each === kind);
  const writers = await openStemWriters(STEM_KINDS, (kind) =>
    isRough(kind) ? files.createRoughStem(kind) : files.createStem(kind),
  );
  try {
    const pipeline = hasOwn ? htdemucsPipeline : separatePipeline;
    const { voice } = await pipeline.run({ source: mix, writers: writers.byKind }, env);
    await savePeaks(files, writers);
    const stems = new Map<StemKind, AudioReader>();
    for (const kind of STEM_KINDS) {
      stems.set(kind, await (isRough(kind) ? files.openRoughStem(kind) : files.openStem(kind)));
    }
    const audible = await audibleStems(stems, mix, env);
    return { stems, audible: audible.filter((kind) => kind !== 'vocals' || voice), rough };
  } catch (error) {
    await closeAll(writers);
    throw error;
  }
}

/** The stems in which something of their own plays. */
export async function audibleStems(
  stems: ReadonlyMap<StemKind, AudioReader>,
  mix: AudioReader,
  env: PipelineEnv,
): Promise<StemKind[]> {
  const mixLevel = await measureLevel(mix, env);
  const audible: StemKind[] = [];
  for (const [kind, stem] of stems) {
    if (isAudible(kind, await measureLevel(stem, env), mixLevel)) audible.push(kind);
  }
  return audible;
}
