import { PIPELINE_SAMPLE_RATE_HZ } from '$lib/core/audio';
import { FFT_SIZE } from '../separate/constants';

export const REFINE_MODEL_ID = 'refine';

/** Bins that are refined: below 4.1 kHz, where harmonics of single notes can be told apart. */
export const REFINED_BINS = 384;
export const BIN_HZ = PIPELINE_SAMPLE_RATE_HZ / FFT_SIZE;
