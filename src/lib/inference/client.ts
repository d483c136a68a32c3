/** The only file of the inference folder that app code imports. */
import { base } from '$app/paths';
import { createClient } from './client/create-client';
import { spawnWorker } from './client/spawn-worker';
import type { InferenceClient } from './client/types';

export { DEFAULT_SETTINGS } from './client/types';
export type {
  BenchmarkRow,
  Capabilities,
  DownloadProgress,
  InferenceClient,
  JobProgress,
  ModelStatus,
  PartialTranscription,
  RedecodeRequest,
  StorageUse,
  TranscribeRequest,
  TranscribeSettings,
} from './client/types';

/** Workers start with the first call that needs them. */
export function createInferenceClient(): InferenceClient {
  const modelsUrl = new URL(`${base}/models/`, location.href).href;
  return createClient(() => spawnWorker({ modelsUrl }));
}
