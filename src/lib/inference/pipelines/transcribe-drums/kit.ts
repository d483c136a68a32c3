import * as v from 'valibot';
import type { ModelEntry } from '../../models/manifest';

/** What the network tells apart, in the order of its outputs. */
export const DRUM_CLASSES = [
  'kick',
  'snare',
  'clap',
  'closed_hat',
  'open_hat',
  'low_tom',
  'mid_tom',
  'high_tom',
  'ride',
  'crash',
  'shaker',
] as const;
export type DrumClass = (typeof DRUM_CLASSES)[number];

/** General MIDI drum notes. A side-stick and a clap share a class; the clap's note stands for both. */
const GM_NOTE: Readonly<Record<DrumClass, number>> = {
  kick: 36,
  snare: 38,
  clap: 39,
  closed_hat: 42,
  open_hat: 46,
  low_tom: 45,
  mid_tom: 47,
  high_tom: 50,
  ride: 51,
  crash: 49,
  shaker: 70,
};

/** The General MIDI drum note (channel 10) that a class is written as. */
export function drumNote(drumClass: DrumClass): number {
  return GM_NOTE[drumClass];
}

export const DRUM_MODEL_ID = 'drums';

const DrumParametersSchema = v.object({
  /** Onset activation above which a hit counts at sensitivity 0.5. */
  thresholds: v.object(
    v.entriesFromList(DRUM_CLASSES, v.pipe(v.number(), v.minValue(0.01), v.maxValue(0.99))),
  ),
  /** Frames of one run that count. */
  chunkFrames: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Frames of context on either side of them: the receptive field of the network. */
  reachFrames: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

export type DrumThresholds = Readonly<Record<DrumClass, number>>;
export type DrumParameters = Readonly<v.InferOutput<typeof DrumParametersSchema>>;

/** The settings that belong to a set of weights. Throws ValiError where the manifest entry lacks them. */
export function drumParameters(model: ModelEntry): DrumParameters {
  return v.parse(DrumParametersSchema, model.parameters);
}

/** The thresholds alone, for decoding kept activations again. Throws as {@link drumParameters}. */
export function drumThresholds(model: ModelEntry): DrumThresholds {
  return drumParameters(model).thresholds;
}

/**
 * Thresholds for a sensitivity of 0 (only the surest hits) to 1 (nearly everything); 0.5 leaves them as trained.
 */
export function thresholdsAt(thresholds: DrumThresholds, sensitivity: number): DrumThresholds {
  const s = Math.min(1, Math.max(0, sensitivity));
  const scaled = (t: number): number =>
    s <= 0.5 ? t + (1 - t) * 0.85 * (1 - 2 * s) : t * (1 - 0.85 * (2 * s - 1));
  return Object.fromEntries(DRUM_CLASSES.map((name) => [name, scaled(thresholds[name])])) as Record<
    DrumClass,
    number
  >;
}
