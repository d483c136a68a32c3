/** Which notes and strokes of a recording are the same sound again. */

import type { RefinedStem } from '../refine-stems/pipeline';
import type { RefineScore } from '../refine-stems/features';
import { LOW_RATE_HZ, REACH_SAMPLES } from './constants';

/** A sound is taken from before its written start. */
const LEAD_SECONDS = 0.02;
/** A note sounds on after its written end. */
const RELEASE_SECONDS = 0.12;
/** Only the beginning is foretold: it is what repeats most exactly. */
const LONGEST_SECONDS = 0.35;
/** Fewer say little about each other. */
const FEWEST = 3;

/** All occurrences of a pitch of an instrument, or of a drum. */
export interface Repeats {
  readonly stem: RefinedStem;
  /** First sample of each occurrence, at LOW_RATE_HZ, as written down. */
  readonly starts: readonly number[];
  /** Samples of each. */
  readonly lengths: readonly number[];
}

interface Occurrence {
  readonly key: string;
  readonly stem: RefinedStem;
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

/** Those of the score that lie whole in a block of `lengthSamples` (at LOW_RATE_HZ) from `fromSeconds`. */
export function repeatsOf(score: RefineScore, fromSeconds: number, lengthSamples: number): Repeats[] {
  const groups = new Map<string, { stem: RefinedStem; starts: number[]; lengths: number[] }>();
  const lead = Math.floor(LEAD_SECONDS * LOW_RATE_HZ);
  for (const { key, stem, startSeconds, durationSeconds } of occurrences(score)) {
    const start = Math.round((startSeconds - fromSeconds) * LOW_RATE_HZ) - lead;
    const length = Math.floor(Math.min(durationSeconds, LONGEST_SECONDS) * LOW_RATE_HZ) + lead;
    if (start < REACH_SAMPLES || start + length + REACH_SAMPLES > lengthSamples) continue;
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { stem, starts: [], lengths: [] }));
    group.starts.push(start);
    group.lengths.push(length);
  }
  return [...groups.values()].filter(({ starts }) => starts.length >= FEWEST);
}

function* occurrences({ notes, strokes }: RefineScore): Generator<Occurrence> {
  for (const { isBass, instrument, pitch, startSeconds, endSeconds } of notes) {
    const stem = isBass ? 'bass' : 'other';
    const durationSeconds = endSeconds - startSeconds + RELEASE_SECONDS;
    yield { key: `${stem} ${instrument} ${pitch}`, stem, startSeconds, durationSeconds };
  }
  for (const { pitch, startSeconds } of strokes) {
    yield { key: `drums ${pitch}`, stem: 'drums', startSeconds, durationSeconds: LONGEST_SECONDS };
  }
}
