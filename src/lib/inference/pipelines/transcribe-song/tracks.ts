import { AppError } from '$lib/core/errors';
import { familyName, type InstrumentFamily } from '$lib/core/instruments';
import { compareNotes, type NoteEvent } from '$lib/core/notes';
import type { StemKind, TranscribedTrack } from '$lib/core/transcription';
import type { ModelEntry } from '../../models/manifest';
import type { PipelineEnv } from '../types';

export interface TrackParts {
  readonly id: string;
  readonly stem: StemKind;
  readonly family: InstrumentFamily;
  readonly program: number;
  /** The family's name where absent. */
  readonly name?: string;
  readonly notes: readonly NoteEvent[];
  /** How sure it is that this instrument plays, 0-1; the notes' own confidence where absent. */
  readonly confidence?: number;
  readonly modelIds: readonly string[];
}

export function makeTrack(parts: TrackParts): TranscribedTrack {
  const { id, stem, family, program, notes, modelIds } = parts;
  return {
    id,
    name: parts.name ?? familyName(family),
    stem,
    family,
    program,
    isDrum: family === 'drums',
    notes: [...notes].sort(compareNotes),
    confidence: parts.confidence ?? meanConfidence(notes),
    modelIds,
  };
}

/** The same track with other notes; its confidence follows them. */
export function withNotes(track: TranscribedTrack, notes: readonly NoteEvent[]): TranscribedTrack {
  return { ...track, notes: [...notes].sort(compareNotes), confidence: meanConfidence(notes) };
}

function meanConfidence(notes: readonly NoteEvent[]): number {
  if (notes.length === 0) return 0;
  return notes.reduce((sum, note) => sum + note.confidence, 0) / notes.length;
}

/** Throws AppError 'model-unavailable' where the model is not installed. */
export function modelParameters(env: Pick<PipelineEnv, 'model'>, modelId: string): ModelEntry {
  const entry = env.model(modelId);
  if (entry === undefined) throw new AppError('model-unavailable', modelId);
  return entry;
}

/** The stem on which a family is heard. */
export function stemOfFamily(family: InstrumentFamily): StemKind {
  if (family === 'drums') return 'drums';
  if (family === 'bass') return 'bass';
  return family === 'voice' ? 'vocals' : 'other';
}

const FAMILY_OF_STEM: Readonly<Record<StemKind, InstrumentFamily>> = {
  drums: 'drums',
  bass: 'bass',
  vocals: 'voice',
  other: 'keys',
};

/** The family that a stem is named after; keys for `other`, the commonest of what it holds. */
export function familyOfStem(stem: StemKind): InstrumentFamily {
  return FAMILY_OF_STEM[stem];
}
