import type { AudioReader } from '$lib/core/audio';
import type { NoteEvent } from '$lib/core/notes';
import type { StemKind } from '$lib/core/transcription';
import type { JobFiles } from '../../files/job-files';
import { REFINED_STEMS, refineStems } from '../refine-stems/pipeline';
import { repeatsOutput } from '../repeated-sounds/output';
import { scoreNotes } from '../refine-stems/score-notes';
import type { InstrumentGroup } from '../transcribe-notes/groups';
import type { PipelineEnv } from '../types';
import { audibleStems, type SeparatedSong } from './separate-song';
import { closeAll, openStemWriters, savePeaks } from './stem-writers';

export interface HeardScore {
  readonly groups: readonly InstrumentGroup[];
  readonly strokes: readonly NoteEvent[];
}

/** The song with its stems refined by the notes and strokes that were heard, and kept where stems are kept. */
export async function refineSong(
  song: SeparatedSong,
  { groups, strokes }: HeardScore,
  { files, mix }: { readonly files: JobFiles; readonly mix: AudioReader },
  env: PipelineEnv,
): Promise<SeparatedSong> {
  if (!song.rough) return song;
  const rough = {
    drums: song.stems.get('drums')!,
    bass: song.stems.get('bass')!,
    other: song.stems.get('other')!,
  };
  const writers = await openStemWriters(REFINED_STEMS, (kind) => files.createStem(kind));
  try {
    const score = { notes: scoreNotes(groups), strokes };
    const { lengthSamples } = rough.other;
    const output = repeatsOutput({ score, lengthSamples, writers: writers.byKind }, env);
    await refineStems.run({ stems: rough, score, writers: output }, env);
    await savePeaks(files, writers);
  } catch (error) {
    await closeAll(writers);
    throw error;
  }
  const stems = new Map<StemKind, AudioReader>(song.stems);
  for (const kind of REFINED_STEMS) stems.set(kind, await files.openStem(kind));
  await files.removeRoughStems();
  const audible = await audibleStems(stems, mix, env);
  const hasVoice = song.audible.includes('vocals');
  return { stems, audible: audible.filter((kind) => kind !== 'vocals' || hasVoice), rough: false };
}
