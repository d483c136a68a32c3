import { TICKS_PER_QUARTER, toMidiVelocity } from '../../core/notes';
import type { Project, ProjectNote, ProjectPattern } from '../../core/project';
import { inferLoop } from '../../core/loop';
import { inferKey } from '../../core/key';
import { projectBpm } from '../../core/tempo-curve';

/** [startTicks, durationTicks, pitch 0-127, velocity 1-127], whole ticks of 960 a quarter. */
export type NoteToken = readonly [startTicks: number, durationTicks: number, pitch: number, velocity: number];

/** A pattern as models and other programs take it. */
export interface PatternTokens {
  readonly name: string;
  /** Quarters a minute. */
  readonly tempo: number;
  /** "A minor", or null where the notes do not say. */
  readonly key: string | null;
  readonly time_signature: readonly [numerator: number, denominator: number];
  readonly ticks_per_quarter: number;
  readonly pattern_length: number;
  /** The stretch after which it repeats itself. */
  readonly loop_length: number;
  readonly notes: readonly NoteToken[];
}

/** One pattern of a project in token form. */
export function patternTokens(project: Project, pattern: ProjectPattern): PatternTokens {
  const key = inferKey([pattern.notes]) ?? project.key;
  const signature = pattern.timeSignature ?? project.timeSignatures[0]!;
  const loop = inferLoop(pattern.notes, signature);
  return {
    name: pattern.name,
    tempo: projectBpm(project),
    key: key === undefined ? null : `${key.tonic} ${key.mode}`,
    time_signature: [signature.numerator, signature.denominator],
    ticks_per_quarter: TICKS_PER_QUARTER,
    pattern_length: Math.round(pattern.lengthTicks),
    loop_length: loop.lengthTicks,
    notes: noteTokens(pattern.notes),
  };
}

/** Notes in whole ticks, sorted by start then pitch; a note lasts at least one tick. */
export function noteTokens(notes: readonly ProjectNote[]): NoteToken[] {
  return notes
    .map((note): NoteToken => {
      const start = Math.max(0, Math.round(note.startTicks));
      const end = Math.round(note.startTicks + note.durationTicks);
      return [start, Math.max(1, end - start), note.pitch, toMidiVelocity(note.velocity)];
    })
    .sort((a, b) => a[0] - b[0] || a[2] - b[2]);
}
