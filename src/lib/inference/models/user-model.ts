import { AppError } from '$lib/core/errors';
import type { ValueShape } from '../runtime/engine';
import type { ModelEntry } from './manifest';

/** The id under which the HTDemucs export that a user brought is run. */
export const USER_HTDEMUCS_ID = 'htdemucs';

/** A manifest entry for the user's file; its hash is not known to anybody, so it is not checked. */
export function userHtdemucsEntry(bytes: number): ModelEntry {
  return {
    id: USER_HTDEMUCS_ID,
    version: 'user',
    task: 'separation',
    name: 'HTDemucs (your file)',
    url: '',
    bytes,
    sha256: '0'.repeat(64),
    licence: 'Between you and its author',
    source: 'A file you brought',
    sampleRateHz: 44_100,
    inputs: [],
    outputs: [],
    parameters: {},
    card: '',
  };
}

const WAVEFORM = [1, 2, 343_980];
const SPECTROGRAM = [1, 4, 2048, 336];
const TIME_STEMS = [1, 4, 2, 343_980];
const SPECTRAL_STEMS = [1, 4, 4, 2048, 336];

/** Throws AppError 'model-wrong-contract' unless inputs and outputs are those of HTDemucs, in any order and naming. */
export function checkHtdemucsShapes(session: {
  readonly inputs: readonly ValueShape[];
  readonly outputs: readonly ValueShape[];
}): void {
  const need = (values: readonly ValueShape[], shape: readonly number[], what: string): void => {
    const fits = ({ shape: found }: ValueShape): boolean =>
      found.length === shape.length &&
      found.every((size, axis) => typeof size === 'string' || size === shape[axis]);
    if (!values.some(fits)) throw new AppError('model-wrong-contract', `no ${what} of [${shape.join(', ')}]`);
  };
  need(session.inputs, WAVEFORM, 'waveform input');
  need(session.inputs, SPECTROGRAM, 'spectrogram input');
  need(session.outputs, TIME_STEMS, 'waveform output');
  need(session.outputs, SPECTRAL_STEMS, 'spectrogram output');
}
