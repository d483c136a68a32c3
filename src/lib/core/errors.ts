/** Expected failures. Each has words for the user in {@link describeError}. */
export type AppErrorCode =
  | 'audio-empty'
  | 'audio-unreadable'
  | 'audio-protected'
  | 'audio-too-short'
  | 'audio-too-long'
  | 'not-audio'
  | 'model-corrupt'
  | 'model-unavailable'
  | 'model-wrong-contract'
  | 'out-of-memory'
  | 'storage-full'
  | 'storage-unavailable'
  | 'worker-died'
  | 'gpu-lost'
  | 'job-missing'
  | 'project-unreadable'
  | 'unexpected';

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: AppErrorCode;

  constructor(code: AppErrorCode, detail = '', options?: { cause?: unknown }) {
    super(detail === '' ? code : `${code}: ${detail}`, options);
    this.code = code;
  }
}

/** A parser that can save nothing says where it stopped and what it wanted. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly offset: number;
  readonly expected: string;
  readonly actual: string;

  constructor(offset: number, expected: string, actual: string) {
    super(`At byte ${offset}: expected ${expected}, found ${actual}.`);
    this.offset = offset;
    this.expected = expected;
    this.actual = actual;
  }
}

export interface ErrorWords {
  readonly what: string;
  readonly remedy: string;
}

const WORDS: Readonly<Record<AppErrorCode, ErrorWords>> = {
  'audio-empty': { what: 'This file holds no audio.', remedy: 'Check the export and drop it in again.' },
  'audio-unreadable': {
    what: 'This file could not be decoded; it may be damaged or cut short.',
    remedy: 'Re-export it as WAV or MP3 and try again.',
  },
  'audio-protected': {
    what: 'This file is copy-protected or uses a codec this browser does not have.',
    remedy: 'Export it as WAV, FLAC or MP3 from a program that may open it.',
  },
  'audio-too-short': {
    what: 'This clip is too short to transcribe.',
    remedy: 'Use at least a tenth of a second.',
  },
  'audio-too-long': {
    what: 'This recording is longer than this browser can hold.',
    remedy: 'Free some disk space, or cut it into parts.',
  },
  'not-audio': {
    what: 'This is not an audio file LoopMind knows.',
    remedy: 'Drop in MP3, WAV, FLAC, OGG, Opus, M4A or AIFF.',
  },
  'model-corrupt': {
    what: 'A model file arrived damaged, twice.',
    remedy: 'Reload the page; if it happens again, clear the models on the settings page.',
  },
  'model-unavailable': {
    what: 'A model file could not be loaded.',
    remedy: 'Connect to the network once so that it can be stored for offline use.',
  },
  'model-wrong-contract': {
    what: 'This ONNX file does not have the inputs and outputs LoopMind needs.',
    remedy: 'Use an HTDemucs export with waveform [1,2,343980] and spectrogram [1,4,2048,336] inputs.',
  },
  'out-of-memory': {
    what: 'The browser ran out of memory.',
    remedy: 'Close other tabs, or choose WASM on the settings page, then restart the job.',
  },
  'storage-full': {
    what: 'There is no room left in the browser storage.',
    remedy: 'Delete old jobs on the left or in the settings; finished MIDI can still be downloaded.',
  },
  'storage-unavailable': {
    what: 'This browser does not let the page store files.',
    remedy: 'Leave private browsing, or allow site data for this page.',
  },
  'worker-died': {
    what: 'The audio engine stopped unexpectedly.',
    remedy: 'The job is kept; press Restart to run it again.',
  },
  'gpu-lost': {
    what: 'The graphics processor was lost.',
    remedy: 'Work goes on without it, a little slower.',
  },
  'job-missing': { what: 'This job is no longer stored.', remedy: 'Drop the file in again.' },
  'project-unreadable': {
    what: 'This project file could not be read.',
    remedy: 'Save it again in its program and drop the new file in.',
  },
  unexpected: {
    what: 'Something unforeseen went wrong.',
    remedy: 'Restart the job; the details below help in a report.',
  },
};

/** The one table from failure to the words a user reads. */
export function describeError(
  error: unknown,
): ErrorWords & { readonly code: AppErrorCode; readonly detail: string } {
  const code = errorCode(error);
  const detail = error instanceof Error ? error.message : String(error);
  return { ...WORDS[code], code, detail };
}

/** Errors lose their class when they cross a worker boundary, but keep name and message. */
function errorCode(error: unknown): AppErrorCode {
  if (error instanceof AppError) return error.code;
  if (error instanceof FormatError) return 'project-unreadable';
  // What the database says of a full disk.
  if (error instanceof Error && error.name === 'QuotaExceededError') return 'storage-full';
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code in WORDS ? (error.code as AppErrorCode) : 'unexpected';
  }
  return 'unexpected';
}

/** Cancelling is no failure: it is never shown as one. */
export function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}
