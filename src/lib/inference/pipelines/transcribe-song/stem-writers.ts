import { PeakCollector, STORED_PEAKS_PER_SECOND } from '$lib/audio/decode/peaks';
import { PIPELINE_SAMPLE_RATE_HZ, type AudioWriter } from '$lib/core/audio';
import type { StemKind } from '$lib/core/transcription';
import type { JobFiles } from '../../files/job-files';

/** Writers of some stems that collect the peaks for the waveforms on the way. */
export interface StemWriters<Kind extends StemKind> {
  readonly byKind: Readonly<Record<Kind, AudioWriter>>;
  readonly peaks: Readonly<Record<Kind, PeakCollector>>;
}

export async function openStemWriters<Kind extends StemKind>(
  kinds: readonly Kind[],
  create: (kind: Kind) => Promise<AudioWriter>,
): Promise<StemWriters<Kind>> {
  const peaks = {} as Record<Kind, PeakCollector>;
  const byKind = {} as Record<Kind, AudioWriter>;
  for (const kind of kinds) {
    peaks[kind] = new PeakCollector(PIPELINE_SAMPLE_RATE_HZ, STORED_PEAKS_PER_SECOND);
    byKind[kind] = watched(await create(kind), peaks[kind]);
  }
  return { byKind, peaks };
}

/** May be closed more than once. */
function watched(writer: AudioWriter, peaks: PeakCollector): AudioWriter {
  let isOpen = true;
  return {
    async write(block) {
      const [left, right] = block.channels;
      if (left !== undefined) peaks.push(left, right ?? left);
      await writer.write(block);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await writer.close();
    },
  };
}

export async function savePeaks<Kind extends StemKind>(
  files: JobFiles,
  { peaks }: StemWriters<Kind>,
): Promise<void> {
  for (const kind of Object.keys(peaks) as Kind[]) await files.savePeaks(kind, peaks[kind].finish());
}

/** After a failure: what cannot be closed either is left as it is. */
export async function closeAll(writers: StemWriters<StemKind> | StemWriters<never>): Promise<void> {
  for (const writer of Object.values<AudioWriter>(writers.byKind)) {
    await writer.close().catch(() => undefined);
  }
}
