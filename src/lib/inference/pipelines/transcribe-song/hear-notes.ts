import type { AudioReader } from '$lib/core/audio';
import type { InstrumentFamily } from '$lib/core/instruments';
import type { NoteEvent } from '$lib/core/notes';
import type { StemKind } from '$lib/core/transcription';
import type { NoteActivations } from '../transcribe-notes/activations';
import { groupNotes, type InstrumentGroup } from '../transcribe-notes/groups';
import { notesParameters } from '../transcribe-notes/parameters';
import { NOTES_ID, transcribeNotes } from '../transcribe-notes/pipeline';
import type { PipelineEnv } from '../types';
import { makeTrack, stemOfFamily } from './tracks';
import type { HeardTrack } from './types';

export const NOTES_NAME = 'notes';
/** A handful of notes that sound like another instrument are mistakes, not a player; a short clip has no more. */
const FEWEST_NOTES = 4;
const FEWEST_NOTES_IN_A_SONG = 10;
const NOTES_PER_SECOND = 0.25;
const SMALLEST_SHARE = 0.02;

export interface NotesSource {
  /** What `audio` is the sum of. */
  readonly stems: readonly StemKind[];
  /** Stems that a track may be shown on. */
  readonly audible: readonly StemKind[];
  /** Families that have a track already, from a stem of their own: what sounds like them here is their residue. */
  readonly skip: ReadonlySet<InstrumentFamily>;
}

/** Every pitched instrument in a recording, drums or not: one track a family. */
export async function hearNotes(
  audio: AudioReader,
  { stems, audible, skip }: NotesSource,
  env: PipelineEnv,
): Promise<{ readonly heard: readonly HeardTrack[]; readonly stored: NoteActivations }> {
  const stored = await transcribeNotes.run({ audio }, env);
  const groups = groupNotes(stored, notesParameters(env.model(NOTES_ID)));
  const total = groups.reduce((sum, group) => sum + group.notes.length, 0);
  const seconds = audio.lengthSamples / audio.sampleRateHz;
  const fewest = Math.max(
    FEWEST_NOTES,
    SMALLEST_SHARE * total,
    Math.min(FEWEST_NOTES_IN_A_SONG, NOTES_PER_SECOND * seconds),
  );
  const heard = groups
    .filter(({ family }) => !skip.has(family))
    .filter(({ notes }) => notes.length >= fewest)
    .map((group) => trackOf(group, stems, audible));
  return { heard, stored };
}

function trackOf(
  group: InstrumentGroup,
  stems: readonly StemKind[],
  audible: readonly StemKind[],
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
    modelIds: [NOTES_ID],
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
