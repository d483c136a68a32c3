import type { StemKind } from '$lib/core/transcription';

/** Where a job keeps its files. */
export const jobPaths = {
  folder: (jobId: string): string => `jobs/${jobId}`,
  source: (jobId: string): string => `jobs/${jobId}/source`,
  /** Decoded audio; there only while the job runs. */
  decoded: (jobId: string): string => `jobs/${jobId}/decoded.f32`,
  stem: (jobId: string, stem: StemKind): string => `jobs/${jobId}/stems/${stem}.wav`,
  /** As separated, before the notes are known; there only while the job runs. */
  roughStem: (jobId: string, stem: StemKind): string => `jobs/${jobId}/rough/${stem}.wav`,
  roughStems: (jobId: string): string => `jobs/${jobId}/rough`,
  activations: (jobId: string, name: string): string => `jobs/${jobId}/activations/${name}.bin`,
  peaks: (jobId: string, name: StemKind | 'source'): string => `jobs/${jobId}/peaks/${name}.bin`,
  exported: (jobId: string): string => `jobs/${jobId}/export.zip`,
} as const;

export const JOBS_FOLDER = 'jobs';
export const MODELS_FOLDER = 'models';
export const USER_HTDEMUCS_PATH = 'user-models/htdemucs.onnx';
export const USER_HTDEMUCS_ENTRY_PATH = 'user-models/htdemucs.json';
