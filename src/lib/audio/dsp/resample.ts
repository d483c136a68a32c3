/** Zero crossings of the sinc on each side, at the lower of the two rates. */
const ZERO_CROSSINGS = 32;
/** Kaiser shape: about 90 dB of stop band. */
const KAISER_BETA = 9;
/** The cut-off as a share of the lower Nyquist frequency: the transition band ends just above it. */
const ROLLOFF = 0.945;
/** Beyond this many exact phases (odd pairs of rates), neighbours of a finer fixed table are interpolated. */
const MAX_EXACT_PHASES = 2048;
const TABLE_PHASES = 1024;

/** Modified Bessel function of the first kind, order 0 (power series). */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 60; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Band-limited conversion between any two sampling rates by a Kaiser-windowed sinc (J. O. Smith, "Digital Audio
 * Resampling Home Page"), block by block: the output does not depend on how the input is cut. Linear phase, no delay:
 * output sample m is the input at time m / toHz. One instance per channel.
 */
export class Resampler {
  private readonly stepNumerator: number;
  private readonly stepDenominator: number;
  private readonly halfTaps: number;
  private readonly phases: number;
  private readonly table: Float32Array;
  private pending: Float32Array<ArrayBuffer>;
  /** Input index of `pending[0]`. */
  private pendingStart: number;
  private received = 0;
  private produced = 0;
  private readonly ratio: number;

  /** Throws RangeError where a rate is no positive number. */
  constructor(fromHz: number, toHz: number) {
    if (!(fromHz > 0) || !(toHz > 0)) throw new RangeError(`cannot resample from ${fromHz} to ${toHz} Hz`);
    this.ratio = toHz / fromHz;
    const divisor =
      Number.isInteger(fromHz) && Number.isInteger(toHz) ? greatestCommonDivisor(fromHz, toHz) : 1;
    this.stepNumerator = fromHz / divisor;
    this.stepDenominator = toHz / divisor;
    const exact = Number.isInteger(this.stepDenominator) && this.stepDenominator <= MAX_EXACT_PHASES;
    this.phases = exact ? this.stepDenominator : TABLE_PHASES;
    const cutoff = ROLLOFF * Math.min(1, this.ratio);
    this.halfTaps = Math.ceil(ZERO_CROSSINGS / Math.min(1, this.ratio));
    this.table = this.buildTable(cutoff, exact ? this.phases : this.phases + 1);
    this.pending = new Float32Array(this.halfTaps);
    this.pendingStart = -this.halfTaps;
  }

  private buildTable(cutoff: number, rows: number): Float32Array {
    const { halfTaps } = this;
    const taps = 2 * halfTaps;
    const table = new Float32Array(rows * taps);
    const scale = bessel0(KAISER_BETA);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let j = 0; j < taps; j++) {
        // Tap j weighs the input halfTaps - 1 - j samples before the integer part of the output time.
        const x = j - (halfTaps - 1) - row / this.phases;
        const inside = 1 - (x / halfTaps) ** 2;
        const window = inside <= 0 ? 0 : bessel0(KAISER_BETA * Math.sqrt(inside)) / scale;
        const sinc = x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x);
        table[row * taps + j] = window * sinc;
        sum += window * sinc;
      }
      // Unit gain at 0 Hz in every phase: otherwise a constant would turn into a faint tone.
      for (let j = 0; j < taps; j++) table[row * taps + j]! /= sum;
    }
    return table;
  }

  /** The samples that `block` completes; may be empty. */
  push(block: Float32Array): Float32Array<ArrayBuffer> {
    const joined = new Float32Array(this.pending.length + block.length);
    joined.set(this.pending);
    joined.set(block, this.pending.length);
    this.pending = joined;
    this.received += block.length;
    return this.produce(Number.POSITIVE_INFINITY);
  }

  /** The rest, so that `ceil(inputLength * toHz / fromHz)` samples came out in all. */
  flush(): Float32Array<ArrayBuffer> {
    const total = Math.ceil(this.received * this.ratio - 1e-9);
    const joined = new Float32Array(this.pending.length + this.halfTaps + 1);
    joined.set(this.pending);
    this.pending = joined;
    return this.produce(total);
  }

  private produce(limit: number): Float32Array<ArrayBuffer> {
    const { stepNumerator, stepDenominator, halfTaps, pending, pendingStart, table, phases } = this;
    const taps = 2 * halfTaps;
    const end = pendingStart + pending.length;
    // The last tap of output m lies at floor(m * step) + halfTaps.
    const ready = Math.max(
      0,
      Math.ceil(((end - halfTaps) * stepDenominator) / stepNumerator) - this.produced,
    );
    const count = Math.min(ready, Math.max(0, limit - this.produced));
    const out = new Float32Array(count);
    const interpolate = phases !== stepDenominator;
    let written = 0;
    for (; written < count; written++) {
      const position = (this.produced + written) * stepNumerator;
      const whole = Math.floor(position / stepDenominator);
      const fraction = (position - whole * stepDenominator) / stepDenominator;
      const first = whole - (halfTaps - 1) - pendingStart;
      if (first + taps > pending.length) break;
      const phase = interpolate ? Math.floor(fraction * phases) : Math.round(fraction * phases);
      const row = phase * taps;
      let sum = dotProduct(pending, first, table, row, taps);
      if (interpolate) {
        const next = dotProduct(pending, first, table, row + taps, taps);
        sum += (next - sum) * (fraction * phases - phase);
      }
      out[written] = sum;
    }
    this.produced += written;
    const keepFrom = Math.floor((this.produced * stepNumerator) / stepDenominator) - (halfTaps - 1);
    const drop = Math.min(pending.length, Math.max(0, keepFrom - pendingStart));
    this.pending = pending.slice(drop);
    this.pendingStart += drop;
    return written === count ? out : out.slice(0, written);
  }
}

/** The sum of `count` products; `count` is even. Four sums side by side, since each addition waits for the one before. */
function dotProduct(a: Float32Array, aAt: number, b: Float32Array, bAt: number, count: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  const whole = count & ~3;
  for (let j = 0; j < whole; j += 4) {
    sum0 += a[aAt + j]! * b[bAt + j]!;
    sum1 += a[aAt + j + 1]! * b[bAt + j + 1]!;
    sum2 += a[aAt + j + 2]! * b[bAt + j + 2]!;
    sum3 += a[aAt + j + 3]! * b[bAt + j + 3]!;
  }
  for (let j = whole; j < count; j++) sum0 += a[aAt + j]! * b[bAt + j]!;
  return sum0 + sum1 + (sum2 + sum3);
}

/** A whole signal at another rate: `ceil(length * toHz / fromHz)` samples. Returns a copy where the rates are equal. */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array<ArrayBuffer> {
  if (fromHz === toHz) return Float32Array.from(samples);
  const resampler = new Resampler(fromHz, toHz);
  const head = resampler.push(samples);
  const tail = resampler.flush();
  const out = new Float32Array(head.length + tail.length);
  out.set(head);
  out.set(tail, head.length);
  return out;
}
