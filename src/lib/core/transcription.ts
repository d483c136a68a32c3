import type { InstrumentFamily } from './instruments';
import type { NoteEvent } from './notes';
import type { TempoPoint, TimeSignature } from './tempo-map';

export const STEM_KINDS = ['drums', 'bass', 'vocals', 'other'] as const;
export type StemKind = (typeof STEM_KINDS)[number];

export interface KeyEstimate {
  /** "C", "C#", ... "B". */
  readonly tonic: string;
  readonly mode: 'major' | 'minor';
  /** 0-1. */
  readonly confidence: number;
}

export interface BeatAnalysis {
  readonly beatsSeconds: readonly number[];
  readonly downbeatsSeconds: readonly number[];
  /** Median tempo in quarters a minute. */
  readonly bpm: number;
  /** True where one tempo explains every beat; the map then has one point. */
  readonly constant: boolean;
  readonly tempoMap: readonly TempoPoint[];
  readonly timeSignature: TimeSignature;
  /** 0-1. */
  readonly confidence: number;
}

/** One instrument as heard, with the network's raw answer kept elsewhere under `activationsId` for re-decoding. */
export interface TranscribedTrack {
  readonly id: string;
  readonly name: string;
  /** The stem the notes were heard on. */
  readonly stem: StemKind;
  readonly family: InstrumentFamily;
  /** General MIDI program 0-127; 0 for drums. */
  readonly program: number;
  readonly isDrum: boolean;
  readonly notes: readonly NoteEvent[];
  /** 0-1. */
  readonly confidence: number;
  readonly modelIds: readonly string[];
}

interface SourceInfo {
  readonly name: string;
  readonly sha256: string;
  readonly durationSeconds: number;
  /** As the file says, before resampling. */
  readonly sampleRateHz: number;
  readonly channels: number;
}

export interface StageTiming {
  readonly stage: string;
  readonly seconds: number;
}

/** Everything the main job found out about one recording. Immutable; edits make a new one. */
export interface Transcription {
  readonly schemaVersion: 1;
  readonly source: SourceInfo;
  readonly beats: BeatAnalysis;
  readonly key: KeyEstimate;
  /** Stems that are not silent. */
  readonly stems: readonly StemKind[];
  readonly tracks: readonly TranscribedTrack[];
  readonly models: readonly { readonly id: string; readonly version: string; readonly sha256: string }[];
  readonly timings: readonly StageTiming[];
  readonly warnings: readonly string[];
}
