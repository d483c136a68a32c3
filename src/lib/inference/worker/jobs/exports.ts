import { STEM_KINDS, type StemKind } from '$lib/core/transcription';
import { writeMidiFile } from '$lib/formats/midi-export/midi-file-writer';
import { exportZip } from '$lib/formats/zip/export-zip';
import { JobFiles } from '../../files/job-files';
import type { JobMap } from '../protocol';
import type { Services } from '../services';

export async function exportJobZip(services: Services, request: JobMap['exportZip']['input']): Promise<Blob> {
  const { jobId, transcription, includeStems, pitchBends = false } = request;
  const files = new JobFiles(await services.area(), jobId);
  const stems = new Map<StemKind, Blob>();
  for (const kind of includeStems ? STEM_KINDS : []) {
    const stem = await files.stemFileIfAny(kind);
    if (stem !== undefined) stems.set(kind, stem);
  }
  const zip = exportZip({ transcription, stems, pitchBends });
  const blob = includeStems ? await files.keepExport(zip) : await new Response(zip).blob();
  return blob.slice(0, blob.size, 'application/zip');
}

export function exportJobMidi(request: JobMap['exportMidi']['input']): Promise<Blob> {
  const { transcription, trackIds, pitchBends = false } = request;
  const tracks = transcription.tracks.filter((track) => trackIds?.includes(track.id) ?? true);
  return Promise.resolve(
    new Blob([writeMidiFile(transcription, tracks, { pitchBends })], { type: 'audio/midi' }),
  );
}
