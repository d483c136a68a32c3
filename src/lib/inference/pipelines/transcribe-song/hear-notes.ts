import type { AudioReader } from '$lib/core/audio';
import type { InstrumentFamily } from '$lib/core/instruments';
import type { NoteEvent } from '$lib/core/notes';
import type { StemKind } from '$lib/core/transcription';
import type { NoteActivations } from '../transcribe-notes/activations';
import { fewestNotes, groupNotes, type InstrumentGroup } from '../transcribe-notes/groups';
import { notesParameters } from '../transcribe-notes/parameters';
import { INSTRUMENTS_ID } from '../transcribe-notes/players';
import { NOTES_ID, transcribeNotes } from '../transcribe-notes/pipeline';
import type { PipelineEnv } from '../types';
import { makeTrack, stemOfFamily } from './tracks';
import type { HeardTrack } from './types';

export const NOTES_NAME = 'notes';

/** What plays in a recording, before it is decided what of it becomes a track. */
export interface HeardInstruments {
  readonly groups: readonly InstrumentGroup[];
  readonly stored: NoteActivations;
  readonly durationSeconds: number;
}

export interface NotesSource {
  /** What was listened to is the sum of these. */
  readonly stems: readonly StemKind[];
  /** Stems that a track may be shown on. */
  readonly audible: readonly StemKind[];
  /** Families that have a track already, from a stem of their own: what sounds like them here is their residue. */
  readonly skip: ReadonlySet<InstrumentFamily>;
}

/** Every pitched instrument in a recording, drums or not. */
export async function hearInstruments(audio: AudioReader, env: PipelineEnv): Promise<HeardInstruments> {
  const stored = await transcribeNotes.run({ audio }, env);
  const groups = groupNotes(stored, notesParameters(env.model(NOTES_ID)));
  return { groups, stored, durationSeconds: audio.lengthSamples / audio.sampleRateHz };
}

/** One track a family. */
export function noteTracks(
  { groups, stored, durationSeconds }: HeardInstruments,
  { stems, audible, skip }: NotesSource,
): HeardTrack[] {
  const total = groups.reduce((sum, group) => sum + group.notes.length, 0);
  const fewest = fewestNotes(total, durationSeconds);
  return groups
    .filter(({ family }) => !skip.has(family))
    .filter(({ notes }) => notes.length >= fewest)
    .map((group) => trackOf(group, stems, audible, stored));
}

function trackOf(
  group: InstrumentGroup,
  stems: readonly StemKind[],
  audible: readonly StemKind[],
  stored: NoteActivations,
): HeardTrack {
  const { family } = group;
  const home = stemOfFamily(family);
  const track = makeTrack({
    id: family.replaceAll('_', '-'),
    stem: audible.includes(home) ? home : 'other',
    family,
    program: group.program,
    name: capitalised(group.name),
    notes: group.notes,
    confidence: group.confidence,
    modelIds: stored.players === undefined ? [NOTES_ID] : [NOTES_ID, INSTRUMENTS_ID],
  });
  return { track, origin: { method: 'notes', activations: NOTES_NAME, stems, family } };
}

/** Of one family, or all of them where none is given: the part of a stem with one instrument. */
export function redecodeNotes(
  stored: unknown,
  family: InstrumentFamily | undefined,
  env: Pick<PipelineEnv, 'model'>,
  sensitivity: number,
): readonly NoteEvent[] {
  const groups = groupNotes(stored as NoteActivations, notesParameters(env.model(NOTES_ID)), sensitivity);
  return groups
    .filter((group) => family === undefined || group.family === family)
    .flatMap(({ notes }) => notes);
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
