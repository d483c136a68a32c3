import type { StemKind, Transcription } from '$lib/core/transcription';
import { makeZip } from 'client-zip';
import { exportMetadata, stemPaths } from '../midi-export/metadata';
import { writeMidiFile, type MidiOptions } from '../midi-export/midi-file-writer';

export interface ExportZipInput extends MidiOptions {
  readonly transcription: Transcription;
  /** WAV files to put in; none for a ZIP of MIDI alone. */
  readonly stems: ReadonlyMap<StemKind, Blob>;
}

/**
 * The ZIP of a finished job as a stream: metadata.json, midi/<track id>.mid, midi/all.mid and the stems.
 * Stems are passed through, never held in memory.
 */
export function exportZip(input: ExportZipInput): ReadableStream<Uint8Array> {
  return makeZip(entries(input));
}

function* entries({ transcription, stems, pitchBends }: ExportZipInput): Generator<{
  name: string;
  input: Uint8Array<ArrayBuffer> | Blob | string;
  lastModified: Date;
}> {
  const lastModified = new Date();
  const kinds = [...stems.keys()];
  const metadata = exportMetadata(transcription, kinds);
  yield { name: 'metadata.json', input: `${JSON.stringify(metadata, null, 2)}\n`, lastModified };
  for (const track of transcription.tracks) {
    const input = writeMidiFile(transcription, [track], { pitchBends });
    yield { name: `midi/${track.id}.mid`, input, lastModified };
  }
  const input = writeMidiFile(transcription, transcription.tracks, { pitchBends });
  yield { name: 'midi/all.mid', input, lastModified };
  const paths = stemPaths(transcription, kinds);
  for (const [kind, blob] of stems) yield { name: paths.get(kind)!, input: blob, lastModified };
}
