import { PIPELINE_SAMPLE_RATE_HZ } from '$lib/core/audio';

/** What lies below 1.3 kHz holds nearly all of what separation confuses, and needs a sixteenth of the samples. */
export const DECIMATION = 16;
export const LOW_RATE_HZ = PIPELINE_SAMPLE_RATE_HZ / DECIMATION;

/** Of the analysis in which the stems share what no repeat foretells (186 ms, a quarter of it). */
export const SHARE_FFT_SIZE = 512;
export const SHARE_HOP_SAMPLES = 128;

/** How far a sound may lie from where it was written down. */
export const REACH_SAMPLES = Math.round(0.025 * LOW_RATE_HZ);
