import type { InstrumentFamily } from '$lib/core/instruments';
import type { HeardNote } from './decode';
import type { AssignmentSettings, NotesParameters } from './parameters';

/** How fast likeness falls with a difference in length (natural log) and in velocity. */
const LENGTH_SCALE = 0.8;
const VELOCITY_SCALE = 0.15;
/** A note's own opinion counts this much among its neighbours'. */
const OWN_WEIGHT = 0.3;
/** Floors under probabilities whose logarithm is taken. */
const SHARE_FLOOR = 1e-3;
const NEAR_FLOOR = 1e-2;

interface Likeness {
  /** Pairs of notes and how alike they are. */
  readonly first: Uint32Array;
  readonly second: Uint32Array;
  readonly weight: Float32Array;
}

/** Pairs within the time window; `notes` are ordered by start. */
function likenesses(notes: readonly HeardNote[], settings: AssignmentSettings): Likeness {
  const first: number[] = [];
  const second: number[] = [];
  const weight: number[] = [];
  const logLengths = notes.map((n) => Math.log(Math.max(0.03, n.endSeconds - n.startSeconds)));
  for (let i = 0; i < notes.length; i++) {
    const a = notes[i]!;
    for (let j = i + 1; j < notes.length; j++) {
      const b = notes[j]!;
      const apart = b.startSeconds - a.startSeconds;
      if (apart > settings.windowSeconds) break;
      const distance =
        apart / settings.seconds +
        Math.abs(a.pitch - b.pitch) / settings.semitones +
        Math.abs(logLengths[i]! - logLengths[j]!) / LENGTH_SCALE +
        Math.abs(a.velocity - b.velocity) / VELOCITY_SCALE;
      if (distance > 9) continue;
      first.push(i);
      second.push(j);
      weight.push(Math.exp(-distance));
    }
  }
  return {
    first: Uint32Array.from(first),
    second: Uint32Array.from(second),
    weight: Float32Array.from(weight),
  };
}

/** Softmax of each row of `[rows, columns]`, in place. */
function softmaxRows(values: Float64Array, columns: number): void {
  for (let at = 0; at < values.length; at += columns) {
    let top = -Infinity;
    for (let c = 0; c < columns; c++) top = Math.max(top, values[at + c]!);
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += values[at + c] = Math.exp(values[at + c]! - top);
    for (let c = 0; c < columns; c++) values[at + c]! /= sum;
  }
}

/**
 * Class probabilities `[note, class]`: each note's own scores, a few times over multiplied by what its neighbours in
 * time, pitch, length and loudness think and by how present each class is in the whole recording. One instrument plays
 * many notes, so the song knows better than one note.
 */
function classProbabilities(
  notes: readonly HeardNote[],
  classCount: number,
  settings: AssignmentSettings,
): Float64Array {
  const own = new Float64Array(notes.length * classCount);
  notes.forEach((note, i) =>
    note.classScores.forEach((s, c) => (own[i * classCount + c] = s * settings.sharpness)),
  );
  const belief = Float64Array.from(own);
  softmaxRows(belief, classCount);
  const { first, second, weight } = likenesses(notes, settings);
  for (let round = 0; round < settings.rounds; round++) {
    const share = new Float64Array(classCount);
    const near = new Float64Array(belief.length);
    const total = new Float64Array(notes.length).fill(OWN_WEIGHT);
    for (let at = 0; at < belief.length; at++) {
      share[at % classCount]! += belief[at]! / notes.length;
      near[at] = OWN_WEIGHT * belief[at]!;
    }
    for (let k = 0; k < weight.length; k++) {
      const w = weight[k]!;
      const a = first[k]!;
      const b = second[k]!;
      total[a]! += w;
      total[b]! += w;
      for (let c = 0; c < classCount; c++) {
        near[a * classCount + c]! += w * belief[b * classCount + c]!;
        near[b * classCount + c]! += w * belief[a * classCount + c]!;
      }
    }
    for (let at = 0; at < belief.length; at++) {
      const neighbours = near[at]! / total[Math.floor(at / classCount)]!;
      belief[at] =
        own[at]! +
        settings.presence * Math.log(share[at % classCount]! + SHARE_FLOOR) +
        settings.neighbours * Math.log(neighbours + NEAR_FLOOR);
    }
    softmaxRows(belief, classCount);
  }
  return belief;
}

/** What each note (ordered by start) sounds like by the classes of the notes network, and by the rest of the song. */
export class ClassBeliefs {
  private readonly probabilities: Float64Array;
  private readonly classes: NotesParameters['classes'];

  constructor(notes: readonly HeardNote[], { classes, assignment }: NotesParameters) {
    this.probabilities = classProbabilities(notes, classes.length, assignment);
    this.classes = classes;
  }

  /** Probability of each family that is allowed, for the note at `index`. */
  families(index: number, isAllowed: (family: InstrumentFamily) => boolean): Map<InstrumentFamily, number> {
    const found = new Map<InstrumentFamily, number>();
    this.classes.forEach(({ family }, k) => {
      if (isAllowed(family)) found.set(family, (found.get(family) ?? 0) + this.of(index, k));
    });
    return found;
  }

  private of(index: number, k: number): number {
    return this.probabilities[index * this.classes.length + k]!;
  }
}
