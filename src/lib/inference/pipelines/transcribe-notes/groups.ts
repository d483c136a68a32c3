import type { InstrumentFamily } from '$lib/core/instruments';
import { compareNotes, type NoteEvent } from '$lib/core/notes';
import type { NoteActivations } from './activations';
import { decodeNotes, FRAME_SECONDS, thresholdsFor } from './decode';
import type { HeardNote } from './decode';
import type { NotesParameters } from './parameters';
import { castNotes, type Role } from './roles';

const FEWEST_NOTES = 4;
const FEWEST_NOTES_IN_A_SONG = 10;
const NOTES_PER_SECOND = 0.25;
const SMALLEST_SHARE = 0.02;
const TINY = 1e-12;

/** Notes that sound like one instrument. */
export interface InstrumentGroup {
  readonly family: InstrumentFamily;
  /** General MIDI program of the class that most of the notes sound like. */
  readonly program: number;
  /** That class in words ("electric piano"). */
  readonly name: string;
  /** 0-1: mean probability of the family over the notes. */
  readonly confidence: number;
  /** Ordered by start, then pitch. */
  readonly notes: readonly NoteEvent[];
  /** 0-1, for each note: how much it sounds like a bass by itself, whatever its neighbours say. */
  readonly bassLikeness: readonly number[];
}

function toEvent({ note, velocity }: Role): NoteEvent {
  return {
    startSeconds: note.startSeconds,
    durationSeconds: note.endSeconds - note.startSeconds,
    pitch: note.pitch,
    velocity: Math.min(1, Math.max(0.05, velocity)),
    confidence: note.confidence,
  };
}

/** The probability of each class by the sound of the note itself. */
function classShares({ classScores }: HeardNote): number[] {
  const top = Math.max(...classScores);
  const weights = Array.from(classScores, (score) => Math.exp(score - top));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / all);
}

function familyShare(
  shares: readonly number[],
  family: InstrumentFamily,
  { classes }: NotesParameters,
): number {
  return shares.reduce((sum, share, k) => (classes[k]!.family === family ? sum + share : sum), 0);
}

/** The class of the family that its notes sound like most. */
function classOf(
  family: InstrumentFamily,
  members: readonly { readonly probability: number; readonly shares: readonly number[] }[],
  parameters: NotesParameters,
): NotesParameters['classes'][number] {
  const votes = new Float64Array(parameters.classes.length);
  for (const { probability, shares } of members) {
    const whole = familyShare(shares, family, parameters);
    parameters.classes.forEach((c, k) => {
      if (c.family === family) votes[k]! += (probability * shares[k]!) / (whole + TINY);
    });
  }
  return parameters.classes[votes.indexOf(Math.max(...votes))]!;
}

/** How many notes make an instrument: a handful is a mistake, but a short clip has no more. */
export function fewestNotes(totalNotes: number, durationSeconds: number): number {
  const inASong = Math.min(FEWEST_NOTES_IN_A_SONG, NOTES_PER_SECOND * durationSeconds);
  return Math.max(FEWEST_NOTES, SMALLEST_SHARE * totalNotes, inASong);
}

/**
 * The notes of a recording, one group per instrument family, most notes first. `sensitivity` 0-1: 0.5 as trained.
 * Cheap: it may run on every move of a slider.
 */
export function groupNotes(
  activations: NoteActivations,
  parameters: NotesParameters,
  sensitivity = 0.5,
): InstrumentGroup[] {
  const heard = decodeNotes(
    activations,
    thresholdsFor(sensitivity, { onset: parameters.onsetThreshold, frame: parameters.frameThreshold }),
  );
  const fewest = fewestNotes(heard.length, activations.frameCount * FRAME_SECONDS);
  const roles = castNotes(heard, activations, parameters, fewest);
  const groups: InstrumentGroup[] = [];
  for (const family of new Set(roles.map((role) => role.family))) {
    const members = roles
      .filter((role) => role.family === family)
      .map((role) => ({ ...role, event: toEvent(role), shares: classShares(role.note) }))
      .sort((a, b) => compareNotes(a.event, b.event));
    const best = classOf(family, members, parameters);
    groups.push({
      family,
      program: best.program,
      name: best.name,
      confidence: members.reduce((sum, m) => sum + m.probability, 0) / members.length,
      notes: members.map((m) => m.event),
      bassLikeness: members.map((m) => familyShare(m.shares, 'bass', parameters)),
    });
  }
  return groups.sort((a, b) => b.notes.length - a.notes.length);
}
