import type { NoteEvent } from '../../core/notes';

/** Notes in the order of their starts, found by bisection: a window costs what it holds, not what the track holds. */
export class NoteQueue {
  readonly #notes: readonly NoteEvent[];
  readonly #starts: Float64Array;
  readonly #longestSeconds: number;

  constructor(notes: readonly NoteEvent[]) {
    this.#notes = [...notes].sort((a, b) => a.startSeconds - b.startSeconds);
    this.#starts = Float64Array.from(this.#notes, (note) => note.startSeconds);
    this.#longestSeconds = this.#notes.reduce((most, note) => Math.max(most, note.durationSeconds), 0);
  }

  get length(): number {
    return this.#notes.length;
  }

  /** Notes that start in [from, to). */
  startingIn(fromSeconds: number, toSeconds: number): readonly NoteEvent[] {
    return this.#notes.slice(this.#indexOf(fromSeconds), this.#indexOf(toSeconds));
  }

  /** Notes that began before a moment and go on for at least `leastSeconds` after it. */
  soundingAt(seconds: number, leastSeconds: number): readonly NoteEvent[] {
    return this.#notes
      .slice(this.#indexOf(seconds - this.#longestSeconds), this.#indexOf(seconds))
      .filter((note) => note.startSeconds + note.durationSeconds >= seconds + leastSeconds);
  }

  /** Start of the `lengthSeconds` in which most is played: where loudness is compared. */
  busiestWindow(lengthSeconds: number): number {
    let best = 0;
    let bestSum = -1;
    let sum = 0;
    let first = 0;
    const weight = (note: NoteEvent): number =>
      note.velocity * note.velocity * Math.min(1, note.durationSeconds + 0.1);
    for (let last = 0; last < this.#notes.length; last++) {
      sum += weight(this.#notes[last]!);
      while (this.#starts[last]! - this.#starts[first]! > lengthSeconds) sum -= weight(this.#notes[first++]!);
      if (sum <= bestSum) continue;
      bestSum = sum;
      best = this.#starts[first]!;
    }
    return best;
  }

  #indexOf(seconds: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! < seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
