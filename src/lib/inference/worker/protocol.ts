import type { PlanarAudio } from '$lib/core/audio';
import type { StemKind, TranscribedTrack, Transcription } from '$lib/core/transcription';
import type {
  BenchmarkRow,
  Capabilities,
  DownloadProgress,
  ExportMidiRequest,
  ExportZipRequest,
  InstrumentRequest,
  JobProgress,
  ModelStatus,
  PartialTranscription,
  RedecodeRequest,
  RegionRequest,
  SpectrogramRequest,
  StemSpectrogram,
  StorageUse,
  TranscribeRequest,
} from '../client/types';

interface Job<Input, Event, Output> {
  readonly input: Input;
  readonly event: Event;
  readonly output: Output;
}

export type TranscribeEvent =
  | { readonly type: 'progress'; readonly progress: JobProgress }
  | { readonly type: 'partial'; readonly partial: PartialTranscription }
  | { readonly type: 'notice'; readonly text: string };

/** Everything the worker can be asked to do: both sides are typed from this map. */
export interface JobMap {
  transcribe: Job<TranscribeRequest, TranscribeEvent, Transcription>;
  redecode: Job<RedecodeRequest, never, TranscribedTrack>;
  region: Job<RegionRequest, never, TranscribedTrack>;
  instrument: Job<InstrumentRequest, never, TranscribedTrack>;
  exportZip: Job<ExportZipRequest, never, Blob>;
  exportMidi: Job<ExportMidiRequest, never, Blob>;
  peaks: Job<
    { readonly jobId: string; readonly stem: StemKind | 'source'; readonly bucketsPerSecond: number },
    never,
    Float32Array
  >;
  spectrogram: Job<SpectrogramRequest, never, StemSpectrogram>;
  readStem: Job<{ readonly jobId: string; readonly stem: StemKind }, never, Blob>;
  readSource: Job<{ readonly jobId: string }, never, Blob>;
  models: Job<null, never, readonly ModelStatus[]>;
  downloadModels: Job<null, DownloadProgress, null>;
  evictModel: Job<{ readonly modelId: string }, never, null>;
  importModel: Job<{ readonly file: Blob }, never, ModelStatus>;
  benchmark: Job<{ readonly backend: 'webgpu' | 'wasm' }, never, readonly BenchmarkRow[]>;
  capabilities: Job<null, never, Capabilities>;
  deleteJob: Job<{ readonly jobId: string }, never, null>;
  storage: Job<null, never, StorageUse>;
}

export type JobKind = keyof JobMap;

/** What only the page can do for the worker. */
export interface QuestionMap {
  /** The browser's own decoder; audio comes back at the pipeline's rate. */
  decode: { readonly input: Blob; readonly answer: PlanarAudio };
}
export type QuestionKind = keyof QuestionMap;

export interface WorkerConfig {
  /** Absolute address of the folder of models, with a slash at the end. */
  readonly modelsUrl: string;
}

/** An error as it crosses the boundary, where classes are lost. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: WireError };

/** What the worker exposes through comlink. */
export interface WorkerApi {
  /** Must be called first; resolves when the worker can be watched. */
  configure(config: WorkerConfig): Promise<void>;
  /** `port` carries the abort and the answers in, the events and the questions out. */
  run<K extends JobKind>(
    kind: K,
    input: JobMap[K]['input'],
    port: MessagePort,
  ): Promise<Outcome<JobMap[K]['output']>>;
}

export type ToWorker =
  | { readonly type: 'abort' }
  | { readonly type: 'answer'; readonly id: number; readonly outcome: Outcome<unknown> };

export type FromWorker =
  | { readonly type: 'event'; readonly event: unknown }
  | { readonly type: 'question'; readonly id: number; readonly kind: QuestionKind; readonly input: unknown };
