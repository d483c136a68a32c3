import type { StemKind, TranscribedTrack, Transcription } from '$lib/core/transcription';
import { midiGrid } from './midi-grid';

/** `metadata.json` of an exported ZIP. */
export interface ExportMetadata {
  readonly schemaVersion: 1;
  readonly source: Transcription['source'] & { readonly sampleRate: number };
  readonly tempo: {
    readonly bpm: number;
    readonly constant: boolean;
    readonly map: readonly { readonly seconds: number; readonly tick: number; readonly bpm: number }[];
  };
  readonly timeSignature: { readonly numerator: number; readonly denominator: number };
  readonly key: Transcription['key'];
  readonly beatsSeconds: readonly number[];
  readonly downbeatsSeconds: readonly number[];
  readonly tracks: readonly ExportTrack[];
  readonly models: Transcription['models'];
  readonly timings: Transcription['timings'];
  readonly warnings: readonly string[];
}

interface ExportTrack {
  readonly id: string;
  readonly name: string;
  readonly instrument: string;
  readonly program: number;
  readonly isDrum: boolean;
  readonly midi: string;
  /** Only with the first track of a stem: each stem is in the ZIP once, so that stems sum to the source. */
  readonly stem?: string;
  readonly stemKind: StemKind;
  readonly noteCount: number;
  readonly confidence: number;
  readonly models: readonly string[];
}

/** Where each stem lies in the ZIP: under its first track's id, a stem without a track under its own name. */
export function stemPaths(
  transcription: Transcription,
  stems: readonly StemKind[],
): ReadonlyMap<StemKind, string> {
  return new Map(
    stems.map((stem) => {
      const track = transcription.tracks.find((candidate) => candidate.stem === stem);
      return [stem, `stems/${track?.id ?? stem}.wav`];
    }),
  );
}

export function exportMetadata(transcription: Transcription, stems: readonly StemKind[]): ExportMetadata {
  const { source, beats, key, tracks, models, timings, warnings } = transcription;
  const paths = stemPaths(transcription, stems);
  const written = new Set<StemKind>();
  const exportTrack = (track: TranscribedTrack): ExportTrack => {
    const path = written.has(track.stem) ? undefined : paths.get(track.stem);
    written.add(track.stem);
    return {
      id: track.id,
      name: track.name,
      instrument: track.family,
      program: track.program,
      isDrum: track.isDrum,
      midi: `midi/${track.id}.mid`,
      ...(path === undefined ? {} : { stem: path }),
      stemKind: track.stem,
      noteCount: track.notes.length,
      confidence: track.confidence,
      models: track.modelIds,
    };
  };
  return {
    schemaVersion: 1,
    source: { ...source, sampleRate: source.sampleRateHz },
    tempo: { bpm: beats.bpm, constant: beats.constant, map: midiGrid(beats).tempoMap.points },
    timeSignature: beats.timeSignature,
    key,
    beatsSeconds: beats.beatsSeconds,
    downbeatsSeconds: beats.downbeatsSeconds,
    tracks: tracks.map(exportTrack),
    models,
    timings,
    warnings,
  };
}
