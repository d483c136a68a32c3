/** What the other occurrences of a sound say about each one. */

import { LOW_RATE_HZ, REACH_SAMPLES } from './constants';
import type { Repeats } from './repeats';

/** The mean of the others is drawn towards silence as if this many silent ones were among them. */
const SILENT_ONES = 4;
/** How much louder or softer than the mean an occurrence may be. */
const SOFTEST = 0.5;
const LOUDEST = 1.6;
/** An occurrence that correlates less with the others than this is another sound; from halfway to 1 on it is the same. */
const LEAST_CORRELATION = 0.3;
const FADE_IN_SECONDS = 0.008;
const FADE_OUT_SECONDS = 0.03;
const TINY = 1e-9;

/** Occurrences of one sound, and what they foretell of each other. */
export class Foretelling {
  private readonly longest: number;
  /** Shift of each occurrence against what was written down, in samples. */
  private readonly shifts: Int32Array;
  private readonly gains: Float64Array;
  private readonly fades: readonly Float32Array[];
  /** One occurrence after another, `longest` samples each: what is foretold of it, and while that is done what it seems to be. */
  private readonly rows: Float32Array;
  private readonly sums: Float64Array;
  private readonly weights: Float64Array;

  constructor(private readonly repeats: Repeats) {
    const { starts, lengths } = repeats;
    this.longest = Math.max(...lengths);
    this.shifts = new Int32Array(starts.length);
    this.gains = new Float64Array(starts.length).fill(1);
    this.rows = new Float32Array(starts.length * this.longest);
    const byLength = new Map(lengths.map((length) => [length, fade(length)]));
    this.fades = lengths.map((length) => byLength.get(length)!);
    this.sums = new Float64Array(this.longest);
    this.weights = new Float64Array(this.longest);
  }

  /** Moves each occurrence to where `stem` is most like the sum of the others. */
  align(stem: Float32Array): void {
    const { starts, lengths } = this.repeats;
    const { sums, shifts } = this;
    sums.fill(0);
    for (const [k, start] of starts.entries()) {
      const at = start + shifts[k]!;
      const window = this.fades[k]!;
      for (let n = 0; n < window.length; n++) sums[n]! += stem[at + n]! * window[n]!;
    }
    const others = new Float32Array(this.longest);
    for (const [k, start] of starts.entries()) {
      const at = start + shifts[k]!;
      const window = this.fades[k]!;
      const length = lengths[k]!;
      for (let n = 0; n < length; n++) others[n] = sums[n]! - stem[at + n]! * window[n]!;
      const best = bestShift(stem, at, others, length);
      shifts[k] = Math.max(-REACH_SAMPLES, Math.min(REACH_SAMPLES, shifts[k]! + best));
    }
  }

  /**
   * Foretells every occurrence from the others and adds that to `into`. `rest`: what is left of the stem without what was foretold
   * before, shared between the occurrences that sound at once.
   */
  foretell(rest: Float32Array, into: Float32Array): void {
    this.take(rest);
    this.setGains();
    this.accumulate();
    const { sums, weights, gains, longest, rows } = this;
    for (const [k, start] of this.repeats.starts.entries()) {
      const row = k * longest;
      const gain = gains[k]!;
      const window = this.fades[k]!;
      let common = 0;
      let own = TINY;
      let whole = TINY;
      for (let n = 0; n < window.length; n++) {
        const w = window[n]!;
        const u = rows[row + n]!;
        const others = (gain * (sums[n]! - gain * u * w)) / (weights[n]! - gain * gain * w + SILENT_ONES);
        common += u * others * w;
        own += others * others * w;
        whole += u * u * w;
        rows[row + n] = others * w;
      }
      const trust = trustOf(common / Math.sqrt(own * whole));
      const at = start + this.shifts[k]!;
      for (let n = 0; n < window.length; n++) {
        const value = rows[row + n]! * trust;
        rows[row + n] = value;
        into[at + n]! += value;
      }
    }
  }

  /** What was foretold together with the rest at its place is what the occurrence seems to be. */
  private take(rest: Float32Array): void {
    const { rows, longest } = this;
    for (const [k, start] of this.repeats.starts.entries()) {
      const row = k * longest;
      const at = start + this.shifts[k]!;
      const { length } = this.fades[k]!;
      for (let n = 0; n < length; n++) rows[row + n]! += rest[at + n]!;
    }
  }

  private setGains(): void {
    this.accumulate();
    const { sums, weights, gains, longest, rows } = this;
    for (let k = 0; k < gains.length; k++) {
      const window = this.fades[k]!;
      let common = 0;
      let power = TINY;
      for (let n = 0; n < window.length; n++) {
        const mean = sums[n]! / (weights[n]! + TINY);
        common += rows[k * longest + n]! * mean * window[n]!;
        power += mean * mean * window[n]!;
      }
      gains[k] = Math.max(SOFTEST, Math.min(LOUDEST, common / power));
    }
  }

  /** Sums over the occurrences, each by its gain and its window. */
  private accumulate(): void {
    const { sums, weights, gains, longest, rows } = this;
    sums.fill(0);
    weights.fill(0);
    for (let k = 0; k < gains.length; k++) {
      const window = this.fades[k]!;
      const gain = gains[k]!;
      for (let n = 0; n < window.length; n++) {
        sums[n]! += gain * rows[k * longest + n]! * window[n]!;
        weights[n]! += gain * gain * window[n]!;
      }
    }
  }
}

/** Every other sample is enough to tell. */
function bestShift(stem: Float32Array, at: number, others: Float32Array, length: number): number {
  let best = 0;
  let most = -Infinity;
  for (let shift = -REACH_SAMPLES; shift <= REACH_SAMPLES; shift++) {
    const start = at + shift;
    if (start < 0 || start + length > stem.length) continue;
    let sum = 0;
    for (let n = 0; n < length; n += 2) sum += stem[start + n]! * others[n]!;
    if (sum > most) {
      most = sum;
      best = shift;
    }
  }
  return best;
}

function trustOf(correlation: number): number {
  const above = (2 * (correlation - LEAST_CORRELATION)) / (1 - LEAST_CORRELATION);
  return Math.max(0, Math.min(1, above));
}

/** Raised cosines at both ends. */
function fade(length: number): Float32Array {
  const window = new Float32Array(length).fill(1);
  const rise = Math.max(1, Math.min(length >> 2, Math.floor(FADE_IN_SECONDS * LOW_RATE_HZ)));
  const fall = Math.max(1, Math.min(length >> 2, Math.floor(FADE_OUT_SECONDS * LOW_RATE_HZ)));
  for (let n = 0; n < fall; n++) window[length - fall + n] = 0.5 + 0.5 * Math.cos((Math.PI * n) / fall);
  for (let n = 0; n < rise; n++) window[n] = 0.5 - 0.5 * Math.cos((Math.PI * n) / rise);
  return window;
}
