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

function bassLikeness({ classScores }: HeardNote, { classes }: NotesParameters): number {
  const top = Math.max(...classScores);
  let bass = 0;
  let all = 0;
  classes.forEach(({ family }, k) => {
    const weight = Math.exp(classScores[k]! - top);
    all += weight;
    if (family === 'bass') bass += weight;
  });
  return bass / all;
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
      .map((role) => ({ ...role, event: toEvent(role) }))
      .sort((a, b) => compareNotes(a.event, b.event));
    const votes = new Float64Array(parameters.classes.length);
    for (const m of members) votes[m.classIndex]! += m.probability;
    const best = parameters.classes[votes.indexOf(Math.max(...votes))]!;
    groups.push({
      family,
      program: best.program,
      name: best.name,
      confidence: members.reduce((sum, m) => sum + m.probability, 0) / members.length,
      notes: members.map((m) => m.event),
      bassLikeness: members.map((m) => bassLikeness(m.note, parameters)),
    });
  }
  return groups.sort((a, b) => b.notes.length - a.notes.length);
}
