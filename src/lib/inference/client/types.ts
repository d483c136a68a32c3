import type { InstrumentFamily } from '$lib/core/instruments';
import type { Progress } from '$lib/core/progress';
import type {
  BeatAnalysis,
  KeyEstimate,
  StemKind,
  TranscribedTrack,
  Transcription,
} from '$lib/core/transcription';

export interface TranscribeSettings {
  /** 'htdemucs' is the model file the user brought; without one the embedded models are used, with a notice. */
  readonly separationModel: 'embedded' | 'htdemucs';
  /** 'auto' takes 'notes' where it is installed, else 'basic-pitch'. */
  readonly noteModel: 'auto' | 'notes' | 'basic-pitch';
  readonly backend: 'auto' | 'webgpu' | 'wasm';
  /** Whether tracks of single lines and voices carry pitch bends into the exported MIDI. */
  readonly pitchBends: boolean;
}

export const DEFAULT_SETTINGS: TranscribeSettings = {
  separationModel: 'embedded',
  noteModel: 'auto',
  backend: 'auto',
  pitchBends: false,
};

export interface JobProgress extends Progress {
  /** Share of the whole job, 0-1; never falls, ends at 1. */
  readonly overall: number;
  /** Absent until enough has been measured to say. */
  readonly etaSeconds?: number;
}

/** What is known so far; fields appear as their stage ends, tracks are added in the order they are found. */
export interface PartialTranscription {
  readonly durationSeconds: number;
  readonly beats?: BeatAnalysis;
  readonly key?: KeyEstimate;
  /** Stems whose audio can already be read (and that are not silent). */
  readonly stems: readonly StemKind[];
  readonly tracks: readonly TranscribedTrack[];
}

interface JobEvents {
  onProgress(progress: JobProgress): void;
  onPartial(partial: PartialTranscription): void;
  /** Something the user should know that is no failure (GPU lost, part of the file damaged). */
  onNotice(text: string): void;
}

export interface TranscribeRequest {
  readonly jobId: string;
  readonly file: Blob;
  readonly name: string;
  readonly settings: TranscribeSettings;
}

/** The operations on a finished job. */
export interface TrackRequest {
  readonly jobId: string;
  readonly transcription: Transcription;
  readonly trackId: string;
}

export interface RedecodeRequest extends TrackRequest {
  /** 0 only the surest notes, 0.5 as trained, 1 everything. */
  readonly sensitivity: number;
}

export interface RegionRequest extends TrackRequest {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly sensitivity?: number;
}

export interface InstrumentRequest extends TrackRequest {
  readonly family: InstrumentFamily;
  /** General MIDI program 0-127. */
  readonly program: number;
}

export interface ExportZipRequest {
  readonly jobId: string;
  readonly transcription: Transcription;
  readonly includeStems: boolean;
  readonly pitchBends?: boolean;
}

export interface ExportMidiRequest {
  readonly transcription: Transcription;
  /** All tracks where absent. */
  readonly trackIds?: readonly string[];
  readonly pitchBends?: boolean;
}

export interface SpectrogramRequest {
  readonly jobId: string;
  readonly stem: StemKind;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Columns over the time range. */
  readonly columns: number;
  /** One row a semitone, `lowPitch` to `highPitch` (MIDI, both included). */
  readonly lowPitch: number;
  readonly highPitch: number;
}

/** `levels[row * columns + column]`, 0-255 over the top 72 dB; row 0 is the lowest pitch. */
export interface StemSpectrogram {
  readonly columns: number;
  readonly rows: number;
  readonly levels: Uint8Array<ArrayBuffer>;
}

export interface ModelStatus {
  readonly id: string;
  readonly version: string;
  readonly name: string;
  readonly task: string;
  readonly bytes: number;
  readonly licence: string;
  readonly source: string;
  readonly attribution?: string;
  /** Whether the verified file is kept for offline use. */
  readonly stored: boolean;
  /** A file the user brought; its licence is between the user and its author. */
  readonly isUserModel: boolean;
}

export interface BenchmarkRow {
  readonly modelId: string;
  readonly backend: 'webgpu' | 'wasm';
  /** Seconds of work for one second of audio: below 1 is faster than real time. */
  readonly realTimeFactor: number;
}

export interface Capabilities {
  readonly webgpu: 'hardware' | 'software' | 'none';
  /** Threads the WASM backend uses. */
  readonly threads: number;
  readonly isolated: boolean;
  /** What the browser says of the graphics adapter. */
  readonly adapter?: string;
}

export interface StorageUse {
  readonly usedBytes: number;
  readonly quotaBytes: number;
  readonly perJob: Readonly<Record<string, number>>;
  readonly modelsBytes: number;
}

export interface DownloadProgress {
  readonly modelId: string;
  /** Over all models. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/**
 * The one door to decoding, separation and transcription. Jobs run one after the other in a worker.
 * Every promise settles: with the result, an AppError, or an AbortError where the signal was raised.
 */
export interface InferenceClient {
  transcribe(request: TranscribeRequest, events: JobEvents, signal: AbortSignal): Promise<Transcription>;
  /** Finds the notes again in the kept network output, without running the network. */
  redecodeTrack(request: RedecodeRequest): Promise<TranscribedTrack>;
  /** Runs the network again over a region; notes that start outside it stay as they are. */
  retranscribeRegion(request: RegionRequest, signal: AbortSignal): Promise<TranscribedTrack>;
  /** Re-runs only what depends on the instrument; where nothing does, only names change. */
  changeInstrument(request: InstrumentRequest, signal: AbortSignal): Promise<TranscribedTrack>;
  exportZip(request: ExportZipRequest): Promise<Blob>;
  exportMidi(request: ExportMidiRequest): Promise<Blob>;
  /** Min and max of each bucket in turn, -1..1: length 2 x ceil(seconds x bucketsPerSecond). */
  stemPeaks(jobId: string, stem: StemKind | 'source', bucketsPerSecond: number): Promise<Float32Array>;
  stemSpectrogram(request: SpectrogramRequest): Promise<StemSpectrogram>;
  /** 16-bit stereo WAV at 44.1 kHz. */
  readStem(jobId: string, stem: StemKind): Promise<Blob>;
  /** The file as the user dropped it, for a restart. Rejects with AppError 'job-missing'. */
  readSource(jobId: string): Promise<Blob>;
  models(): Promise<readonly ModelStatus[]>;
  /** Stores every model of the manifest for offline use. */
  downloadModels(onProgress: (progress: DownloadProgress) => void): Promise<void>;
  evictModel(modelId: string): Promise<void>;
  /** Keeps a user's HTDemucs export. Rejects with AppError 'model-wrong-contract'. */
  importModel(file: File): Promise<ModelStatus>;
  benchmark(backend: 'webgpu' | 'wasm'): Promise<readonly BenchmarkRow[]>;
  capabilities(): Promise<Capabilities>;
  deleteJobFiles(jobId: string): Promise<void>;
  storageUse(): Promise<StorageUse>;
  dispose(): void;
}
