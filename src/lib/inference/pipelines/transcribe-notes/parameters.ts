import * as v from 'valibot';
import { FAMILIES } from '$lib/core/instruments';
import { AppError } from '$lib/core/errors';
import type { ModelEntry } from '../../models/manifest';

/** How a note's instrument is made consistent with the rest of the song (assign.ts). */
const AssignmentSchema = v.object({
  /** Trust in a note's own scores. */
  sharpness: v.number(),
  /** Weight of how present a class is in the recording. */
  presence: v.number(),
  /** Weight of what the neighbouring notes think. */
  neighbours: v.number(),
  rounds: v.pipe(v.number(), v.integer()),
  /** How far apart neighbours may lie: likeness falls by e per so many seconds or semitones. */
  seconds: v.number(),
  semitones: v.number(),
  windowSeconds: v.number(),
});

export type AssignmentSettings = v.InferOutput<typeof AssignmentSchema>;

/** What belongs to the weights: `parameters` of the model's manifest entry. */
const NotesParametersSchema = v.object({
  /** Frames to each side that an output depends on. */
  contextFrames: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Chosen on validation songs. */
  onsetThreshold: v.number(),
  frameThreshold: v.number(),
  assignment: AssignmentSchema,
  /** The instrument classes of the network, in the order of its output. */
  classes: v.array(
    v.object({
      name: v.string(),
      family: v.picklist(FAMILIES),
      /** General MIDI program that stands for the class. */
      program: v.number(),
    }),
  ),
});

export type NotesParameters = v.InferOutput<typeof NotesParametersSchema>;

/** Throws AppError 'model-wrong-contract' where the entry is missing or not of this task. */
export function notesParameters(entry: ModelEntry | undefined): NotesParameters {
  const parsed = v.safeParse(NotesParametersSchema, entry?.parameters);
  if (!parsed.success) throw new AppError('model-wrong-contract', `notes: ${parsed.issues[0].message}`);
  return parsed.output;
}

/** `parameters` of the manifest entry of the instruments model. */
const PlayersParametersSchema = v.object({
  /** In the order of the network's outputs. */
  families: v.array(v.picklist(FAMILIES)),
  /** Beside the likeliest family, those play a note that are at least this probable. */
  alsoFrom: v.number(),
});

export type PlayersParameters = v.InferOutput<typeof PlayersParametersSchema>;

/** Throws AppError 'model-wrong-contract' where the entry is not of this task. */
export function playersParameters(entry: ModelEntry): PlayersParameters {
  const parsed = v.safeParse(PlayersParametersSchema, entry.parameters);
  if (!parsed.success) throw new AppError('model-wrong-contract', `instruments: ${parsed.issues[0].message}`);
  return parsed.output;
}
