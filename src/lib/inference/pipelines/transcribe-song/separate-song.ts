import { PeakCollector, STORED_PEAKS_PER_SECOND } from '$lib/audio/decode/peaks';
import { PIPELINE_SAMPLE_RATE_HZ, type AudioReader, type AudioWriter } from '$lib/core/audio';
import { STEM_KINDS, type StemKind } from '$lib/core/transcription';
import type { JobFiles } from '../../files/job-files';
import { isAudible, measureLevel } from '../recognise/stem-levels';
import { htdemucsPipeline } from '../separate/htdemucs';
import { HTDEMUCS_MODEL_ID } from '../separate/htdemucs-contract';
import { separatePipeline } from '../separate/pipeline';
import type { PipelineEnv } from '../types';
import type { SongInput } from './types';

export interface SeparatedSong {
  readonly stems: ReadonlyMap<StemKind, AudioReader>;
  /** Stems in which something of their own plays. */
  readonly audible: readonly StemKind[];
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
  const writers = await openWriters(files);
  try {
    const { voice } = await (hasOwn ? htdemucsPipeline : separatePipeline).run(
      { source: mix, writers: writers.byKind },
      env,
    );
    const stems = new Map<StemKind, AudioReader>();
    const audible: StemKind[] = [];
    const mixLevel = await measureLevel(mix, env);
    for (const kind of STEM_KINDS) {
      const stem = await files.openStem(kind);
      stems.set(kind, stem);
      await files.savePeaks(kind, writers.peaks[kind].finish());
      const isWanted = kind !== 'vocals' || voice;
      if (isWanted && isAudible(kind, await measureLevel(stem, env), mixLevel)) audible.push(kind);
    }
    return { stems, audible };
  } catch (error) {
    for (const writer of Object.values(writers.byKind)) await writer.close().catch(() => undefined);
    throw error;
  }
}

async function openWriters(files: JobFiles): Promise<{
  readonly byKind: Readonly<Record<StemKind, AudioWriter>>;
  readonly peaks: Readonly<Record<StemKind, PeakCollector>>;
}> {
  const newPeaks = (): PeakCollector => new PeakCollector(PIPELINE_SAMPLE_RATE_HZ, STORED_PEAKS_PER_SECOND);
  const peaks = { drums: newPeaks(), bass: newPeaks(), vocals: newPeaks(), other: newPeaks() };
  const open = async (kind: StemKind): Promise<AudioWriter> => {
    const writer = await files.createStem(kind);
    let isOpen = true;
    return {
      async write(block) {
        const [left, right] = block.channels;
        if (left !== undefined) peaks[kind].push(left, right ?? left);
        await writer.write(block);
      },
      async close() {
        if (!isOpen) return;
        isOpen = false;
        await writer.close();
      },
    };
  };
  const byKind = {
    drums: await open('drums'),
    bass: await open('bass'),
    vocals: await open('vocals'),
    other: await open('other'),
  };
  return { byKind, peaks };
}
