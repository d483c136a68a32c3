import type { Pffft } from '@echogarden/pffft-wasm/simd';
import { RealFft, type FloatArray, type RealTransform } from './fft';

const FLOAT_BYTES = 4;
const COMPLEX = 1;
const FORWARD = 0;
const BACKWARD = 1;

/**
 * Bluestein's algorithm with PFFFT's complex transforms inside, for sizes that PFFFT has no plan for: four times as fast as
 * {@link RealFft}, which does the (rare) way back.
 */
export class PffftChirpTransform implements RealTransform {
  readonly binCount: number;
  readonly frame: Float32Array;
  private readonly back: RealFft;
  private readonly setup: number;
  private readonly signalAt: number;
  private readonly binsAt: number;
  private readonly filterAt: number;
  private readonly workAt: number;
  /** Of sample or bin k, real and imaginary part one after the other. */
  private readonly chirp: Float64Array;

  /** `innerSize`: one that PFFFT plans, at least 2 * size - 1. */
  constructor(
    private readonly pffft: Pffft,
    readonly size: number,
    private readonly innerSize: number,
  ) {
    this.binCount = Math.floor(size / 2) + 1;
    this.frame = new Float32Array(size);
    this.back = new RealFft(size);
    this.setup = pffft._pffft_new_setup(innerSize, COMPLEX);
    if (this.setup === 0) throw new RangeError(`no fast transform of ${innerSize}`);
    const place = (): number => pffft._pffft_aligned_malloc(2 * FLOAT_BYTES * innerSize);
    this.signalAt = place();
    this.binsAt = place();
    this.filterAt = place();
    this.workAt = place();
    this.chirp = new Float64Array(2 * size);
    for (let k = 0; k < size; k++) {
      // k * k modulo 2 * size keeps the angle exact for large k.
      const angle = (Math.PI * ((k * k) % (2 * size))) / size;
      this.chirp[2 * k] = Math.cos(angle);
      this.chirp[2 * k + 1] = -Math.sin(angle);
    }
    this.setFilter();
  }

  forward(
    input: FloatArray,
    re: FloatArray,
    im: FloatArray,
    inputOffset = 0,
    outputOffset = 0,
    bins = this.binCount,
  ): void {
    const { pffft, size, innerSize, setup, signalAt, binsAt, filterAt, workAt, chirp } = this;
    const signal = this.view(signalAt);
    for (let n = 0; n < size; n++) {
      const x = input[inputOffset + n]!;
      signal[2 * n] = x * chirp[2 * n]!;
      signal[2 * n + 1] = x * chirp[2 * n + 1]!;
    }
    signal.fill(0, 2 * size);
    pffft._pffft_transform(setup, signalAt, binsAt, workAt, FORWARD);
    signal.fill(0);
    pffft._pffft_zconvolve_accumulate(setup, binsAt, filterAt, signalAt, 1 / innerSize);
    pffft._pffft_transform(setup, signalAt, binsAt, workAt, BACKWARD);
    const out = this.view(binsAt);
    for (let k = 0, at = outputOffset; k < Math.min(bins, this.binCount); k++, at++) {
      const a = out[2 * k]!;
      const b = out[2 * k + 1]!;
      re[at] = a * chirp[2 * k]! - b * chirp[2 * k + 1]!;
      im[at] = a * chirp[2 * k + 1]! + b * chirp[2 * k]!;
    }
  }

  inverse(...of: Parameters<RealTransform['inverse']>): void {
    this.back.inverse(...of);
  }

  /** The spectrum of the chirp that the signal is folded with, in PFFFT's own order of bins. */
  private setFilter(): void {
    const { pffft, size, innerSize, setup, signalAt, filterAt, workAt, chirp } = this;
    const filter = this.view(signalAt);
    filter.fill(0);
    for (let k = 0; k < size; k++) {
      for (const at of k === 0 ? [0] : [k, innerSize - k]) {
        filter[2 * at] = chirp[2 * k]!;
        filter[2 * at + 1] = -chirp[2 * k + 1]!;
      }
    }
    pffft._pffft_transform(setup, signalAt, filterAt, workAt, FORWARD);
  }

  private view(address: number): Float32Array {
    return new Float32Array(this.pffft.HEAPF32.buffer, address, 2 * this.innerSize);
  }
}
