/** Resolution at which peaks are kept; finer ones are computed from the audio. */
export const STORED_PEAKS_PER_SECOND = 200;

/** Min and max of the mono sum per bucket, fed block by block. */
export class PeakCollector {
  readonly #samplesPerBucket: number;
  readonly #values: number[] = [];
  #seen = 0;
  #low = Infinity;
  #high = -Infinity;

  constructor(sampleRateHz: number, bucketsPerSecond: number) {
    this.#samplesPerBucket = sampleRateHz / bucketsPerSecond;
  }

  push(left: Float32Array, right: Float32Array): void {
    let boundary = this.#boundary();
    for (let i = 0; i < left.length; i++) {
      const value = 0.5 * (left[i]! + right[i]!);
      if (value < this.#low) this.#low = value;
      if (value > this.#high) this.#high = value;
      this.#seen++;
      if (this.#seen >= boundary) {
        this.#flush();
        boundary = this.#boundary();
      }
    }
  }

  /** [min, max] of each bucket in turn. */
  finish(): Float32Array<ArrayBuffer> {
    if (this.#low <= this.#high) this.#flush();
    return Float32Array.from(this.#values);
  }

  #boundary(): number {
    return (this.#values.length / 2 + 1) * this.#samplesPerBucket;
  }

  #flush(): void {
    this.#values.push(this.#low, this.#high);
    this.#low = Infinity;
    this.#high = -Infinity;
  }
}

/** The same peaks on another grid of buckets: extremes where it is coarser, repeated where it is finer. */
export function regroupPeaks(
  peaks: Float32Array,
  fromPerSecond: number,
  toPerSecond: number,
): Float32Array<ArrayBuffer> {
  const count = peaks.length / 2;
  const out = new Float32Array(2 * Math.ceil((count * toPerSecond) / fromPerSecond));
  const ratio = fromPerSecond / toPerSecond;
  for (let bucket = 0; bucket < out.length / 2; bucket++) {
    const from = Math.min(count - 1, Math.floor(bucket * ratio));
    const to = Math.min(count, Math.max(from + 1, Math.ceil((bucket + 1) * ratio)));
    let low = Infinity;
    let high = -Infinity;
    for (let i = from; i < to; i++) {
      low = Math.min(low, peaks[2 * i]!);
      high = Math.max(high, peaks[2 * i + 1]!);
    }
    out[2 * bucket] = low;
    out[2 * bucket + 1] = high;
  }
  return out;
}
