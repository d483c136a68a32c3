/** The only file of the inference folder that app code imports. */
export { DEFAULT_SETTINGS } from './client/types';
export type {
  BenchmarkRow,
  Capabilities,
  DownloadProgress,
  ExportMidiRequest,
  ExportZipRequest,
  InferenceClient,
  InstrumentRequest,
  JobEvents,
  JobProgress,
  ModelStatus,
  PartialTranscription,
  RedecodeRequest,
  RegionRequest,
  SpectrogramRequest,
  StemSpectrogram,
  StorageUse,
  TrackRequest,
  TranscribeRequest,
  TranscribeSettings,
} from './client/types';
