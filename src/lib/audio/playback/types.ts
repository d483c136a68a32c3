import type { InstrumentFamily } from '../../core/instruments';
import type { NoteEvent } from '../../core/notes';
import type { StemKind } from '../../core/transcription';

/** What is heard as the original: a separated stem, or the whole recording where there are none yet. */
export type OriginalKind = StemKind | 'source';

export interface OriginalAudio {
  readonly kind: OriginalKind;
  /** PCM or float WAV is streamed from the blob; any other audio file is decoded whole. */
  readonly blob: Blob;
}

export interface PlaybackTrack {
  readonly id: string;
  readonly family: InstrumentFamily;
  /** General MIDI program 0-127. */
  readonly program: number;
  readonly isDrum: boolean;
  /** The stem the notes were heard on: the track's solo and mute act on it too, its loudness is the model. */
  readonly stem?: StemKind | undefined;
  readonly notes: readonly NoteEvent[];
}

export interface PlaybackSource {
  readonly durationSeconds: number;
  /** Stems, or one 'source'; empty where there is only MIDI. */
  readonly originals: readonly OriginalAudio[];
  readonly tracks: readonly PlaybackTrack[];
  readonly beatsSeconds: readonly number[];
  readonly downbeatsSeconds: readonly number[];
}

export interface TrackMix {
  readonly mute: boolean;
  readonly solo: boolean;
  /** -Infinity is silence. */
  readonly gainDb: number;
  /** -1 left to 1 right. */
  readonly pan: number;
}

export interface LoopRegion {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export interface AuditionNote {
  readonly family: InstrumentFamily;
  readonly program: number;
  readonly isDrum: boolean;
  readonly pitch: number;
  /** 0-1. */
  readonly velocity: number;
  /** Default 0.4. */
  readonly durationSeconds?: number;
}

export interface PlaybackState {
  /** False until instruments and originals of the last `load` can sound. */
  readonly ready: boolean;
  readonly playing: boolean;
  readonly loop: LoopRegion | null;
  readonly crossfade: number;
  readonly metronome: boolean;
  /** A sentence for the user where a sound could not be loaded; playback goes on without it. */
  readonly problem?: string;
}

/** Plays originals and MIDI side by side on one clock. All times are seconds of the recording. */
export interface PlaybackEngine {
  /** Replaces everything; mixes of tracks with known ids are kept. Resolves when it can sound. Keeps the position. */
  load(source: PlaybackSource): Promise<void>;
  /** Replaces tracks after an edit without touching the originals; heard within a quarter of a second. */
  updateTracks(tracks: readonly PlaybackTrack[]): Promise<void>;
  /** Must be called in a user gesture the first time, or the browser keeps the sound off. */
  play(): Promise<void>;
  pause(): void;
  /** Seconds outside the recording are moved to its nearest end. */
  seek(seconds: number): void;
  setLoop(loop: LoopRegion | null): void;
  /** 0 only the original, 1 only MIDI; equal power between, both equally loud. */
  setCrossfade(position: number): void;
  setTrack(id: string, mix: Partial<TrackMix>): void;
  setMetronome(on: boolean): void;
  setMasterGainDb(gainDb: number): void;
  audition(note: AuditionNote): void;
  /** What is heard now; cheap enough for every frame. */
  readonly positionSeconds: number;
  /** Peak of the last moments in dBFS, -Infinity in silence. */
  readonly levelDb: number;
  /** The same for one track's MIDI and its stem together. */
  trackLevelDb(id: string): number;
  readonly state: PlaybackState;
  /** Called on every change of `state`; returns how to stop listening. */
  onState(listener: (state: PlaybackState) => void): () => void;
  dispose(): void;
}
