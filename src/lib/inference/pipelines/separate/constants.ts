/** The analysis that the vocal model was trained with; everything else of the separation shares it. */
export const FFT_SIZE = 4096;
export const HOP_SAMPLES = 1024;
export const BIN_COUNT = FFT_SIZE / 2 + 1;

/** Frames that lie over a sample before the one that begins at it. */
export const LEAD_FRAMES = FFT_SIZE / HOP_SAMPLES - 1;

/** The frames the networks look at at once (11.9 s). */
export const WINDOW_FRAMES = 512;

/** Frames on either side that are looked at but not kept: the networks and the median filters are unsure at the edges. */
export const MARGIN_FRAMES = 16;

export const VOCAL_MODEL_ID = 'spleeter-2stems';
export const SPLIT_MODEL_ID = 'split';
