import type { NoteEvent } from '../../core/notes';

/** Notes long enough to lie in many buckets are rare; one bucket a second keeps both lists short. */
const BUCKET_SECONDS = 1;

export interface NoteRegion {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly lowPitch: number;
  readonly highPitch: number;
}

/** Finds notes by time without looking at all of them: buckets of one second hold every note that sounds in them. */
export class NoteIndex {
  readonly notes: readonly NoteEvent[];
  readonly #buckets = new Map<number, number[]>();

  constructor(notes: readonly NoteEvent[]) {
    this.notes = notes;
    notes.forEach((note, i) => {
      const last = bucketOf(note.startSeconds + note.durationSeconds);
      for (let bucket = bucketOf(note.startSeconds); bucket <= last; bucket++) {
        const list = this.#buckets.get(bucket);
        if (list === undefined) this.#buckets.set(bucket, [i]);
        else list.push(i);
      }
    });
  }

  /** Notes that sound between two moments, each once; those of one bucket in the order of the document. */
  between(startSeconds: number, endSeconds: number): NoteEvent[] {
    const found: NoteEvent[] = [];
    const first = bucketOf(startSeconds);
    const last = Math.min(bucketOf(endSeconds), bucketOf(this.#lastSecond()));
    for (let bucket = first; bucket <= last; bucket++) {
      for (const i of this.#buckets.get(bucket) ?? []) {
        const note = this.notes[i]!;
        const counted = bucket > first && bucketOf(note.startSeconds) < bucket;
        if (counted || note.startSeconds > endSeconds) continue;
        if (note.startSeconds + note.durationSeconds < startSeconds) continue;
        found.push(note);
      }
    }
    return found;
  }

  inRegion(region: NoteRegion): NoteEvent[] {
    return this.between(region.startSeconds, region.endSeconds).filter(
      (note) => note.pitch >= region.lowPitch && note.pitch <= region.highPitch,
    );
  }

  /** The topmost (last painted) note of a pitch at a moment, with `slackSeconds` of reach at both ends. */
  at(seconds: number, pitch: number, slackSeconds = 0): NoteEvent | undefined {
    let best: NoteEvent | undefined;
    let bestDistance = Infinity;
    for (const note of this.between(seconds - slackSeconds, seconds + slackSeconds)) {
      if (note.pitch !== pitch) continue;
      const distance = Math.max(
        0,
        note.startSeconds - seconds,
        seconds - note.startSeconds - note.durationSeconds,
      );
      if (distance <= slackSeconds && distance <= bestDistance) {
        best = note;
        bestDistance = distance;
      }
    }
    return best;
  }

  #last: number | undefined;

  #lastSecond(): number {
    this.#last ??= this.notes.reduce(
      (end, note) => Math.max(end, note.startSeconds + note.durationSeconds),
      0,
    );
    return this.#last;
  }
}

function bucketOf(seconds: number): number {
  return Math.floor(seconds / BUCKET_SECONDS);
}
