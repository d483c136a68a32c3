import { barTicks } from './bars';
import { TICKS_PER_QUARTER } from './notes';
import type { ProjectNote } from './project';
import type { TimeSignature } from './tempo-map';

export interface LoopEstimate {
  /** Whole bars. */
  readonly lengthTicks: number;
  readonly bars: number;
  /** The content really repeats after that; false where it is just the length of the pattern. */
  readonly repeats: boolean;
}

/** Onsets within this are one onset: a human hand, or a swung grid. */
const ONSET_TOLERANCE_TICKS = TICKS_PER_QUARTER / 16;
const SAME_SHARE = 0.9;
const MAX_BARS = 512;
const BARS_TO_TRY = [1, 2, 4, 8, 16];

/**
 * How long the loop in a pattern is: the shortest of 1, 2, 4, 8 or 16 bars after which at least 90 % of the notes come
 * again, else the pattern's own length in whole bars.
 */
export function inferLoop(notes: readonly ProjectNote[], signature: TimeSignature): LoopEstimate {
  const bar = barTicks(signature);
  const lastOnset = notes.reduce((last, note) => Math.max(last, note.startTicks), 0);
  const end = notes.reduce(
    (last, note) => Math.max(last, note.startTicks + Math.min(note.durationTicks, bar)),
    0,
  );
  // A tail that rings into the next bar does not make the pattern longer than its last onset's bar.
  const ownBars = Math.max(1, Math.min(Math.floor(lastOnset / bar) + 1, Math.ceil(end / bar - 1e-6)));
  if (notes.length === 0 || ownBars > MAX_BARS) {
    return { lengthTicks: ownBars * bar, bars: ownBars, repeats: false };
  }
  for (const bars of BARS_TO_TRY) {
    if (bars * 2 > ownBars) break;
    if (repeatShare(notes, bars * bar, ownBars * bar) >= SAME_SHARE) {
      return { lengthTicks: bars * bar, bars, repeats: true };
    }
  }
  return { lengthTicks: ownBars * bar, bars: ownBars, repeats: false };
}

/** The share of notes that are there again one period later (or were there one earlier), pitch and all. */
function repeatShare(notes: readonly ProjectNote[], periodTicks: number, endTicks: number): number {
  const cells = new Set(notes.map(({ startTicks, pitch }) => cell(startTicks, pitch)));
  const has = (tick: number, pitch: number): boolean =>
    cells.has(cell(tick, pitch)) ||
    cells.has(cell(tick + ONSET_TOLERANCE_TICKS, pitch)) ||
    cells.has(cell(tick - ONSET_TOLERANCE_TICKS, pitch));
  let same = 0;
  let asked = 0;
  for (const { startTicks, pitch } of notes) {
    const later = startTicks + periodTicks;
    const earlier = startTicks - periodTicks;
    if (later < endTicks) {
      asked++;
      if (has(later, pitch)) same++;
    }
    if (earlier >= 0) {
      asked++;
      if (has(earlier, pitch)) same++;
    }
  }
  return asked === 0 ? 0 : same / asked;
}

function cell(tick: number, pitch: number): number {
  return Math.round(tick / ONSET_TOLERANCE_TICKS) * 128 + pitch;
}

const SIGNATURES: readonly TimeSignature[] = [
  { numerator: 4, denominator: 4 },
  { numerator: 3, denominator: 4 },
  { numerator: 6, denominator: 8 },
  { numerator: 5, denominator: 4 },
  { numerator: 7, denominator: 8 },
];
/** Nearly all music a producer meets is in four; another metre has to be clearly better. */
const FOUR_BONUS = 0.12;
/** With less music than this every metre fits. */
const MIN_BARS = 2;

/**
 * The metre of a pattern that does not state one: the bar length at which its rhythm, weighted by accents and low
 * notes, resembles itself most. `confidence` 0-1 says how far it leads the next.
 */
export function inferTimeSignature(notes: readonly ProjectNote[]): {
  readonly signature: TimeSignature;
  readonly confidence: number;
} {
  const step = TICKS_PER_QUARTER / 4;
  const lastOnset = notes.reduce((last, note) => Math.max(last, note.startTicks), 0);
  const steps = Math.min(4096, Math.floor(lastOnset / step) + 1);
  const rhythm = new Float64Array(steps);
  const lowest = notes.reduce((low, { pitch }) => Math.min(low, pitch), 127);
  for (const { startTicks, pitch, velocity } of notes) {
    const index = Math.round(startTicks / step);
    if (index < steps) rhythm[index]! += velocity * (pitch <= lowest + 12 ? 2 : 1);
  }
  const scores = SIGNATURES.map((signature, i) => {
    const lag = barTicks(signature) / step;
    const isEnough = steps >= lag * MIN_BARS;
    return { signature, score: isEnough ? selfSimilarity(rhythm, lag) + (i === 0 ? FOUR_BONUS : 0) : 0 };
  }).sort((a, b) => b.score - a.score);
  const [best, second] = [scores[0]!, scores[1]!];
  if (best.score <= 0) return { signature: SIGNATURES[0]!, confidence: 0 };
  return { signature: best.signature, confidence: Math.min(1, Math.max(0, (best.score - second.score) * 2)) };
}

function selfSimilarity(rhythm: Float64Array, lag: number): number {
  let product = 0;
  let before = 0;
  let after = 0;
  for (let i = lag; i < rhythm.length; i++) {
    product += rhythm[i]! * rhythm[i - lag]!;
    before += rhythm[i - lag]! ** 2;
    after += rhythm[i]! ** 2;
  }
  return before === 0 || after === 0 ? 0 : product / Math.sqrt(before * after);
}
