import { AppError } from '$lib/core/errors';

/** The user's own model is known by this id, whatever its file was called. */
export const HTDEMUCS_MODEL_ID = 'htdemucs';

/** 7.8 s at 44.1 kHz: what the published exports take at once. */
export const CHUNK_SAMPLES = 343_980;
export const FFT_SIZE = 4096;
export const HOP_SAMPLES = 1024;
/** Without the bin at half the sampling rate. */
export const BINS = FFT_SIZE / 2;
export const FRAMES = Math.ceil(CHUNK_SAMPLES / HOP_SAMPLES);
/** The order of the sources in both outputs. */
export const SOURCES = ['drums', 'bass', 'other', 'vocals'] as const;

/** A graph input or output; a size that is not fixed is a name, -1, 0 or null. */
export interface TensorShape {
  readonly name: string;
  readonly shape: readonly (number | string | null)[];
}

/** What the two inputs and the two outputs are called in a given file. */
export interface HtdemucsNames {
  readonly waveform: string;
  readonly spectrogram: string;
  readonly time: string;
  readonly frequency: string;
}

const WAVEFORM = [1, 2, CHUNK_SAMPLES];
const SPECTROGRAM = [1, 4, BINS, FRAMES];
const TIME = [1, SOURCES.length, 2, CHUNK_SAMPLES];
const FREQUENCY = [1, SOURCES.length, 4, BINS, FRAMES];

/**
 * Finds the tensors of the HTDemucs contract by their shapes: names differ between exports.
 * Throws AppError `model-wrong-contract` where one is missing or something else is asked for.
 */
export function checkHtdemucsSignature(
  inputs: readonly TensorShape[],
  outputs: readonly TensorShape[],
): HtdemucsNames {
  if (inputs.length !== 2) throw wrong('two inputs', inputs);
  return {
    waveform: find(inputs, WAVEFORM),
    spectrogram: find(inputs, SPECTROGRAM),
    time: find(outputs, TIME),
    frequency: find(outputs, FREQUENCY),
  };
}

function find(tensors: readonly TensorShape[], wanted: readonly number[]): string {
  const found = tensors.find(
    ({ shape }) =>
      shape.length === wanted.length && shape.every((size, axis) => isOpen(size) || size === wanted[axis]),
  );
  if (found === undefined) throw wrong(`[${wanted.join(', ')}]`, tensors);
  return found.name;
}

function isOpen(size: number | string | null): boolean {
  return size === null || typeof size === 'string' || size <= 0;
}

function wrong(expected: string, tensors: readonly TensorShape[]): AppError {
  const actual = tensors.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join('; ');
  return new AppError(
    'model-wrong-contract',
    `expected ${expected}, found ${actual === '' ? 'none' : actual}`,
  );
}
