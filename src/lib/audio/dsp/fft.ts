/**
 * Planned fast Fourier transforms on split real / imaginary arrays, without dependencies, so that they run alike in a
 * worker and under Node. Powers of two: radix-4 Stockham (self-sorting). Any other size: Bluestein's chirp-z algorithm.
 */

/** Forward transform X[k] = sum x[n] exp(-2 pi i n k / size) of a power-of-two size. */
class PowerOfTwoFft {
  private readonly size: number;
  private readonly cos: Float64Array;
  private readonly sin: Float64Array;
  private readonly scratchRe: Float64Array;
  private readonly scratchIm: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.cos = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.sin = Float64Array.from({ length: size }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    this.scratchRe = new Float64Array(size);
    this.scratchIm = new Float64Array(size);
  }

  /** In place on arrays of `size`. */
  transform(re: Float64Array, im: Float64Array): void {
    let fromRe = re;
    let fromIm = im;
    let toRe = this.scratchRe;
    let toIm = this.scratchIm;
    let length = this.size;
    let stride = 1;
    while (length >= 4) {
      this.radix4(length, stride, fromRe, fromIm, toRe, toIm);
      [fromRe, toRe] = [toRe, fromRe];
      [fromIm, toIm] = [toIm, fromIm];
      length /= 4;
      stride *= 4;
    }
    if (length === 2) {
      for (let q = 0; q < stride; q++) {
        const aRe = fromRe[q]!;
        const aIm = fromIm[q]!;
        const bRe = fromRe[q + stride]!;
        const bIm = fromIm[q + stride]!;
        re[q] = aRe + bRe;
        im[q] = aIm + bIm;
        re[q + stride] = aRe - bRe;
        im[q + stride] = aIm - bIm;
      }
    } else if (fromRe !== re) {
      re.set(fromRe);
      im.set(fromIm);
    }
  }

  private radix4(
    length: number,
    stride: number,
    fromRe: Float64Array,
    fromIm: Float64Array,
    toRe: Float64Array,
    toIm: Float64Array,
  ): void {
    const { cos, sin } = this;
    const quarter = length / 4;
    const step = quarter * stride;
    for (let p = 0; p < quarter; p++) {
      const t = p * stride;
      const w1Re = cos[t]!;
      const w1Im = sin[t]!;
      const w2Re = cos[2 * t]!;
      const w2Im = sin[2 * t]!;
      const w3Re = cos[3 * t]!;
      const w3Im = sin[3 * t]!;
      let i = t;
      let o = 4 * t;
      for (let q = 0; q < stride; q++, i++, o++) {
        const aRe = fromRe[i]!;
        const aIm = fromIm[i]!;
        const bRe = fromRe[i + step]!;
        const bIm = fromIm[i + step]!;
        const cRe = fromRe[i + 2 * step]!;
        const cIm = fromIm[i + 2 * step]!;
        const dRe = fromRe[i + 3 * step]!;
        const dIm = fromIm[i + 3 * step]!;
        const sumRe = aRe + cRe;
        const sumIm = aIm + cIm;
        const difRe = aRe - cRe;
        const difIm = aIm - cIm;
        const bdRe = bRe + dRe;
        const bdIm = bIm + dIm;
        const jRe = dIm - bIm;
        const jIm = bRe - dRe;
        toRe[o] = sumRe + bdRe;
        toIm[o] = sumIm + bdIm;
        const xRe = difRe - jRe;
        const xIm = difIm - jIm;
        toRe[o + stride] = xRe * w1Re - xIm * w1Im;
        toIm[o + stride] = xRe * w1Im + xIm * w1Re;
        const yRe = sumRe - bdRe;
        const yIm = sumIm - bdIm;
        toRe[o + 2 * stride] = yRe * w2Re - yIm * w2Im;
        toIm[o + 2 * stride] = yRe * w2Im + yIm * w2Re;
        const zRe = difRe + jRe;
        const zIm = difIm + jIm;
        toRe[o + 3 * stride] = zRe * w3Re - zIm * w3Im;
        toIm[o + 3 * stride] = zRe * w3Im + zIm * w3Re;
      }
    }
  }
}

/** Bluestein: a transform of any size as a convolution of a power-of-two size. */
class ChirpFft {
  private readonly size: number;
  private readonly inner: PowerOfTwoFft;
  private readonly chirpRe: Float64Array;
  private readonly chirpIm: Float64Array;
  private readonly filterRe: Float64Array;
  private readonly filterIm: Float64Array;
  private readonly workRe: Float64Array;
  private readonly workIm: Float64Array;

  constructor(size: number) {
    this.size = size;
    let padded = 1;
    while (padded < 2 * size - 1) padded *= 2;
    this.inner = new PowerOfTwoFft(padded);
    // k * k modulo 2 * size keeps the angle exact for large k.
    const angle = Float64Array.from({ length: size }, (_, k) => (Math.PI * ((k * k) % (2 * size))) / size);
    this.chirpRe = angle.map(Math.cos);
    this.chirpIm = angle.map((a) => -Math.sin(a));
    this.filterRe = new Float64Array(padded);
    this.filterIm = new Float64Array(padded);
    for (let k = 0; k < size; k++) {
      for (const at of k === 0 ? [0] : [k, padded - k]) {
        this.filterRe[at] = this.chirpRe[k]!;
        this.filterIm[at] = -this.chirpIm[k]!;
      }
    }
    this.inner.transform(this.filterRe, this.filterIm);
    this.workRe = new Float64Array(padded);
    this.workIm = new Float64Array(padded);
  }

  /** In place on arrays of `size`. */
  transform(re: Float64Array, im: Float64Array): void {
    const { size, chirpRe, chirpIm, filterRe, filterIm, workRe, workIm } = this;
    workRe.fill(0);
    workIm.fill(0);
    for (let k = 0; k < size; k++) {
      workRe[k] = re[k]! * chirpRe[k]! - im[k]! * chirpIm[k]!;
      workIm[k] = re[k]! * chirpIm[k]! + im[k]! * chirpRe[k]!;
    }
    this.inner.transform(workRe, workIm);
    // The inverse transform is the forward one with re and im exchanged.
    for (let k = 0; k < workRe.length; k++) {
      const a = workRe[k]!;
      const b = workIm[k]!;
      workRe[k] = a * filterRe[k]! - b * filterIm[k]!;
      workIm[k] = a * filterIm[k]! + b * filterRe[k]!;
    }
    this.inner.transform(workIm, workRe);
    const scale = 1 / workRe.length;
    for (let k = 0; k < size; k++) {
      const a = workRe[k]! * scale;
      const b = workIm[k]! * scale;
      re[k] = a * chirpRe[k]! - b * chirpIm[k]!;
      im[k] = a * chirpIm[k]! + b * chirpRe[k]!;
    }
  }
}

function complexFft(size: number): { transform(re: Float64Array, im: Float64Array): void } {
  return (size & (size - 1)) === 0 ? new PowerOfTwoFft(size) : new ChirpFft(size);
}

/** Any array that a transform reads from or writes to. */
export type FloatArray = Float32Array | Float64Array;

/** A planned transform of real signals of one size, and back. */
export interface RealTransform {
  readonly size: number;
  /** `floor(size / 2) + 1` bins, from 0 Hz to half the sampling rate. */
  readonly binCount: number;
  /** `size` samples of work memory, where they need no copy to be transformed. Ask for it anew before each piece of work. */
  readonly frame: FloatArray;
  /**
   * Reads `size` samples of `input` from `inputOffset` and writes `binCount` bins to `re` and `im` from `outputOffset`.
   * Unscaled, e^(-i...) convention, as numpy.fft.rfft. Of `bins`, only the lowest ones are written.
   */
  forward(
    input: FloatArray,
    re: FloatArray,
    im: FloatArray,
    inputOffset?: number,
    outputOffset?: number,
    bins?: number,
  ): void;
  /**
   * The inverse of {@link forward}, scaled by 1 / size as numpy.fft.irfft: reads `binCount` bins from `inputOffset`,
   * writes `size` samples from `outputOffset`. Of `bins`, only the lowest ones are read; those above are silent.
   */
  inverse(
    re: FloatArray,
    im: FloatArray,
    output: FloatArray,
    inputOffset?: number,
    outputOffset?: number,
    bins?: number,
  ): void;
}

/**
 * A planned transform of real signals of one `size` (any integer >= 1; powers of two are fastest). It owns its work
 * memory: use one instance per thread of work, not one per call.
 */
export class RealFft implements RealTransform {
  readonly size: number;
  readonly binCount: number;
  readonly frame: Float64Array;
  private readonly packed: boolean;
  private readonly complex: { transform(re: Float64Array, im: Float64Array): void };
  private readonly workRe: Float64Array;
  private readonly workIm: Float64Array;
  private readonly cos: Float64Array;
  private readonly sin: Float64Array;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`FFT size ${size} is no positive integer`);
    this.size = size;
    this.binCount = Math.floor(size / 2) + 1;
    this.frame = new Float64Array(size);
    // An even size is packed into a complex transform of half the size.
    this.packed = size % 2 === 0;
    const inner = this.packed ? size / 2 : size;
    this.complex = complexFft(inner);
    this.workRe = new Float64Array(inner);
    this.workIm = new Float64Array(inner);
    const quarter = this.packed ? Math.floor(inner / 2) + 1 : 0;
    this.cos = Float64Array.from({ length: quarter }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.sin = Float64Array.from({ length: quarter }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  }

  forward(
    input: FloatArray,
    re: FloatArray,
    im: FloatArray,
    inputOffset = 0,
    outputOffset = 0,
    bins = this.binCount,
  ): void {
    if (bins < this.binCount) {
      const whole = new Float64Array(2 * this.binCount);
      const wholeIm = whole.subarray(this.binCount);
      this.forward(input, whole, wholeIm, inputOffset);
      re.set(whole.subarray(0, bins), outputOffset);
      im.set(wholeIm.subarray(0, bins), outputOffset);
      return;
    }
    const { workRe, workIm, cos, sin } = this;
    if (!this.packed) {
      for (let n = 0; n < this.size; n++) workRe[n] = input[inputOffset + n]!;
      workIm.fill(0);
      this.complex.transform(workRe, workIm);
      for (let k = 0; k < this.binCount; k++) {
        re[outputOffset + k] = workRe[k]!;
        im[outputOffset + k] = workIm[k]!;
      }
      return;
    }
    const half = this.size / 2;
    for (let n = 0, i = inputOffset; n < half; n++, i += 2) {
      workRe[n] = input[i]!;
      workIm[n] = input[i + 1]!;
    }
    this.complex.transform(workRe, workIm);
    re[outputOffset] = workRe[0]! + workIm[0]!;
    im[outputOffset] = 0;
    re[outputOffset + half] = workRe[0]! - workIm[0]!;
    im[outputOffset + half] = 0;
    for (let k = 1, m = half - 1; k <= m; k++, m--) {
      const evenRe = 0.5 * (workRe[k]! + workRe[m]!);
      const evenIm = 0.5 * (workIm[k]! - workIm[m]!);
      const oddRe = 0.5 * (workIm[k]! + workIm[m]!);
      const oddIm = 0.5 * (workRe[m]! - workRe[k]!);
      const turnRe = oddRe * cos[k]! - oddIm * sin[k]!;
      const turnIm = oddRe * sin[k]! + oddIm * cos[k]!;
      re[outputOffset + k] = evenRe + turnRe;
      im[outputOffset + k] = evenIm + turnIm;
      re[outputOffset + m] = evenRe - turnRe;
      im[outputOffset + m] = turnIm - evenIm;
    }
  }

  inverse(
    re: FloatArray,
    im: FloatArray,
    output: FloatArray,
    inputOffset = 0,
    outputOffset = 0,
    bins = this.binCount,
  ): void {
    if (bins < this.binCount) {
      const whole = new Float64Array(2 * this.binCount);
      const wholeIm = whole.subarray(this.binCount);
      whole.set(re.subarray(inputOffset, inputOffset + bins));
      wholeIm.set(im.subarray(inputOffset, inputOffset + bins));
      this.inverse(whole, wholeIm, output, 0, outputOffset);
      return;
    }
    const { workRe, workIm, cos, sin } = this;
    if (!this.packed) {
      for (let k = 0; k < this.binCount; k++) {
        const mirror = (this.size - k) % this.size;
        workRe[k] = workRe[mirror] = re[inputOffset + k]!;
        workIm[mirror] = -im[inputOffset + k]!;
        workIm[k] = im[inputOffset + k]!;
      }
      workIm[0] = 0;
      this.complex.transform(workIm, workRe);
      for (let n = 0; n < this.size; n++) output[outputOffset + n] = workRe[n]! / this.size;
      return;
    }
    const half = this.size / 2;
    workRe[0] = 0.5 * (re[inputOffset]! + re[inputOffset + half]!);
    workIm[0] = 0.5 * (re[inputOffset]! - re[inputOffset + half]!);
    for (let k = 1, m = half - 1; k <= m; k++, m--) {
      const aRe = re[inputOffset + k]!;
      const aIm = im[inputOffset + k]!;
      const bRe = re[inputOffset + m]!;
      const bIm = im[inputOffset + m]!;
      const evenRe = 0.5 * (aRe + bRe);
      const evenIm = 0.5 * (aIm - bIm);
      const turnRe = 0.5 * (aRe - bRe);
      const turnIm = 0.5 * (aIm + bIm);
      const oddRe = turnRe * cos[k]! + turnIm * sin[k]!;
      const oddIm = turnIm * cos[k]! - turnRe * sin[k]!;
      workRe[k] = evenRe - oddIm;
      workIm[k] = evenIm + oddRe;
      workRe[m] = evenRe + oddIm;
      workIm[m] = oddRe - evenIm;
    }
    this.complex.transform(workIm, workRe);
    const scale = 1 / half;
    for (let n = 0, o = outputOffset; n < half; n++, o += 2) {
      output[o] = workRe[n]! * scale;
      output[o + 1] = workIm[n]! * scale;
    }
  }
}
