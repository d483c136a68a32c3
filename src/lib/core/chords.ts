import { PITCH_CLASSES } from './pitch-classes';
import { TICKS_PER_QUARTER } from './notes';
import type { ProjectNote } from './project';

export interface Chord {
  readonly startTicks: number;
  readonly endTicks: number;
  /** "Am7", "F#", "Bdim". */
  readonly name: string;
  readonly root: string;
  readonly quality: string;
  /** 0-1: the share of what sounds that belongs to the chord. */
  readonly confidence: number;
}

/** Suffix and intervals from the root; simpler chords first, which win where both fit. */
const QUALITIES: readonly (readonly [string, string, readonly number[]])[] = [
  ['major', '', [0, 4, 7]],
  ['minor', 'm', [0, 3, 7]],
  ['dominant 7th', '7', [0, 4, 7, 10]],
  ['minor 7th', 'm7', [0, 3, 7, 10]],
  ['major 7th', 'maj7', [0, 4, 7, 11]],
  ['diminished', 'dim', [0, 3, 6]],
  ['augmented', 'aug', [0, 4, 8]],
  ['suspended 4th', 'sus4', [0, 5, 7]],
  ['suspended 2nd', 'sus2', [0, 2, 7]],
  ['half-diminished', 'm7b5', [0, 3, 6, 10]],
];
const DRUM_CHANNEL = 9;
const MIN_SCORE = 0.35;
/** A longer chord must explain what it adds; without a price every triad would become a seventh. */
const PRICE_A_TONE = 0.04;
const BASS_BONUS = 0.08;
const MAX_SEGMENTS = 20_000;

/**
 * The chords a set of notes forms, on a grid of `stepTicks` (two beats by default); equal neighbours are joined, and
 * stretches with fewer than two pitch classes have none.
 */
export function inferChords(notes: readonly ProjectNote[], stepTicks = 2 * TICKS_PER_QUARTER): Chord[] {
  const tonal = notes.filter((note) => note.midiChannel !== DRUM_CHANNEL && note.isStep !== true);
  const end = tonal.reduce((last, note) => Math.max(last, note.startTicks + note.durationTicks), 0);
  const count = Math.min(MAX_SEGMENTS, Math.ceil(end / stepTicks));
  const segments = Array.from({ length: count }, () => ({ weights: new Float64Array(12), bass: 128 }));
  for (const { startTicks, durationTicks, pitch } of tonal) {
    const stop = startTicks + Math.max(1, durationTicks);
    const first = Math.max(0, Math.floor(startTicks / stepTicks));
    for (let i = first; i < count && i * stepTicks < stop; i++) {
      const sounding = Math.min(stop, (i + 1) * stepTicks) - Math.max(startTicks, i * stepTicks);
      const segment = segments[i]!;
      segment.weights[pitch % 12]! += sounding;
      // A tail of a few ticks from the chord before is no bass.
      if (sounding > stepTicks / 8) segment.bass = Math.min(segment.bass, pitch);
    }
  }
  const chords: Chord[] = [];
  let found: ReturnType<typeof bestChord>;
  for (const [i, { weights, bass }] of segments.entries()) {
    // What is held for hours is looked at once.
    const before = segments[i - 1];
    const isHeld = before?.bass === bass && weights.every((weight, k) => weight === before.weights[k]);
    if (!isHeld) found = bestChord(weights, bass);
    if (found === undefined) continue;
    const last = chords.at(-1);
    if (last?.name === found.name && last.endTicks === i * stepTicks) {
      chords[chords.length - 1] = { ...last, endTicks: (i + 1) * stepTicks };
    } else chords.push({ startTicks: i * stepTicks, endTicks: (i + 1) * stepTicks, ...found });
  }
  return chords;
}

function bestChord(
  weights: Float64Array,
  bass: number,
): Pick<Chord, 'name' | 'root' | 'quality' | 'confidence'> | undefined {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const tones = weights.filter((weight) => weight > 0).length;
  if (total === 0 || tones < 2) return undefined;
  // Two tones may stand for a plain triad, not for anything more elaborate.
  const qualities = tones === 2 ? QUALITIES.slice(0, 2) : QUALITIES;
  let best: { score: number; covered: number; root: number; quality: string; suffix: string } | undefined;
  for (let root = 0; root < 12; root++) {
    for (const [quality, suffix, intervals] of qualities) {
      const inside = intervals.map((interval) => weights[(root + interval) % 12]! / total);
      const covered = inside.reduce((sum, share) => sum + share, 0);
      const missing = inside.filter((share) => share < 0.02).length;
      const score =
        covered -
        missing * 0.15 -
        intervals.length * PRICE_A_TONE +
        (bass < 128 && bass % 12 === root ? BASS_BONUS : 0);
      if (best === undefined || score > best.score + 1e-9) best = { score, covered, root, quality, suffix };
    }
  }
  if (best === undefined || best.score < MIN_SCORE) return undefined;
  const root = PITCH_CLASSES[best.root]!;
  return {
    name: root + best.suffix,
    root,
    quality: best.quality,
    confidence: Math.round(best.covered * 1000) / 1000,
  };
}
