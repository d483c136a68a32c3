import type { ProjectKey, ProjectNote } from './project';

export const PITCH_CLASSES = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'] as const;

/**
 * Key profiles: Temperley, "What's Key for Key?" (Music Perception 17, 1999), as revised from Krumhansl and Kessler's
 * probe-tone ratings.
 */
const MAJOR = [5, 2, 3.5, 2, 4.5, 4, 2, 4.5, 2, 3.5, 1.5, 4];
const MINOR = [5, 2, 3.5, 4.5, 2, 4, 2, 4.5, 3.5, 2, 1.5, 4];

const MAX_NOTE_TICKS = 3840;
const DRUM_CHANNEL = 9;
/** With fewer different pitch classes a dozen keys fit equally well. */
const MIN_PITCH_CLASSES = 3;

/**
 * The key that fits the notes best, by correlation of how long each pitch class sounds with the profiles; `undefined`
 * where there is too little to go by. Drum channels and instruments that play one pitch only do not count.
 */
export function inferKey(notes: readonly ProjectNote[]): ProjectKey | undefined {
  const weights = pitchClassWeights(notes);
  if (weights.filter((weight) => weight > 0).length < MIN_PITCH_CLASSES) return undefined;
  const ranked = [];
  for (let tonic = 0; tonic < 12; tonic++) {
    const turned = weights.map((_, i) => weights[(i + tonic) % 12]!);
    ranked.push({ tonic, mode: 'major', score: correlation(turned, MAJOR) });
    ranked.push({ tonic, mode: 'minor', score: correlation(turned, MINOR) });
  }
  ranked.sort((a, b) => b.score - a.score);
  const [best, second] = [ranked[0]!, ranked[1]!];
  if (!(best.score > 0)) return undefined;
  // A clear winner is one that leaves the runner-up behind; correlations of rivals lie within a few hundredths.
  const lead = Math.min(1, (best.score - second.score) / 0.2);
  return {
    tonic: PITCH_CLASSES[best.tonic]!,
    mode: best.mode,
    origin: 'inferred',
    confidence: Math.round(Math.max(0, best.score) * (0.5 + lead / 2) * 1000) / 1000,
  };
}

function pitchClassWeights(notes: readonly ProjectNote[]): number[] {
  const pitchesByChannel = new Map<string, Set<number>>();
  const keyOf = (note: ProjectNote): string => note.channelId ?? `midi:${note.midiChannel ?? 0}`;
  for (const note of notes) {
    const pitches = pitchesByChannel.get(keyOf(note));
    if (pitches === undefined) pitchesByChannel.set(keyOf(note), new Set([note.pitch]));
    else pitches.add(note.pitch);
  }
  const weights = new Array<number>(12).fill(0);
  for (const note of notes) {
    if (note.midiChannel === DRUM_CHANNEL || note.muted === true || note.isStep === true) continue;
    if (pitchesByChannel.get(keyOf(note))!.size < 2) continue;
    weights[note.pitch % 12]! += Math.min(MAX_NOTE_TICKS, Math.max(120, note.durationTicks));
  }
  return weights;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (const [i, x] of a.entries()) {
    const [da, db] = [x - meanA, b[i]! - meanB];
    product += da * db;
    squareA += da * da;
    squareB += db * db;
  }
  return squareA === 0 || squareB === 0 ? 0 : product / Math.sqrt(squareA * squareB);
}
