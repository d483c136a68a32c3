import type { InstrumentFamily } from '$lib/core/instruments';
import type { HeardNote } from './decode';
import type { NotesParameters } from './parameters';

/** The instrument decided for a note. */
export interface Assignment {
  readonly family: InstrumentFamily;
  /** Index of the likeliest class of that family. */
  readonly classIndex: number;
  /** Probability of the family. */
  readonly probability: number;
}

function softmax(scores: Float32Array): Float64Array {
  const top = Math.max(...scores);
  const exps = Float64Array.from(scores, (s) => Math.exp(s - top));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((e) => e / sum);
}

/** The family of each note: where its class probabilities, summed by family, are highest. */
export function assignClasses(
  notes: readonly HeardNote[],
  classes: NotesParameters['classes'],
): Assignment[] {
  return notes.map((note) => {
    const probabilities = softmax(note.classScores);
    const byFamily = new Map<InstrumentFamily, number>();
    classes.forEach((c, k) => byFamily.set(c.family, (byFamily.get(c.family) ?? 0) + probabilities[k]!));
    const [family, probability] = [...byFamily].reduce((best, x) => (x[1] > best[1] ? x : best));
    let classIndex = -1;
    classes.forEach((c, k) => {
      if (c.family === family && (classIndex < 0 || probabilities[k]! > probabilities[classIndex]!))
        classIndex = k;
    });
    return { family, classIndex, probability };
  });
}
