import type { KeyExtractor } from '$lib/audio/analysis/essentia';
import type { CompressedDecoders } from '$lib/audio/decode/decode-source';
import type { InstrumentFamily } from '$lib/core/instruments';
import type { BeatAnalysis, KeyEstimate, StemKind, TranscribedTrack } from '$lib/core/transcription';
import type { JobFiles } from '../../files/job-files';
import type { SongProgressReport } from './song-progress';

interface SongSettings {
  readonly separationModel: 'embedded' | 'htdemucs';
  readonly noteModel: 'auto' | 'notes' | 'basic-pitch';
}

export interface SongPartial {
  readonly durationSeconds: number;
  readonly beats?: BeatAnalysis;
  readonly key?: KeyEstimate;
  readonly stems: readonly StemKind[];
  readonly tracks: readonly TranscribedTrack[];
}

export interface SongInput {
  readonly file: Blob;
  readonly name: string;
  readonly settings: SongSettings;
  readonly files: JobFiles;
  readonly decoders: CompressedDecoders;
  /** Without it the key is our own guess. */
  readonly loadKeyExtractor?: () => Promise<KeyExtractor>;
  onProgress(progress: SongProgressReport): void;
  onPartial(partial: SongPartial): void;
  onNotice(text: string): void;
}

/** How a track came to be: enough to find its notes again, at another sensitivity or in one place. */
export interface TrackOrigin {
  readonly method: 'drums' | 'notes' | 'basic-pitch' | 'line';
  /** Name of the kept network output. */
  readonly activations: string;
  /** The stems that were listened to, summed. */
  readonly stems: readonly StemKind[];
  /** Which of the instruments that were heard together; other methods hear one. */
  readonly family?: InstrumentFamily;
}

export interface HeardTrack {
  readonly track: TranscribedTrack;
  readonly origin: TrackOrigin;
}

/** Origins of all tracks of a job are kept under this name. */
export const ORIGINS_NAME = 'origins';
