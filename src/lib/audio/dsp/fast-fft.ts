import createPffft, { type Pffft } from '@echogarden/pffft-wasm/simd';
import { PffftChirpTransform } from './fast-chirp-fft';
import { RealFft, type FloatArray, type RealTransform } from './fft';

const FLOAT_BYTES = 4;
/** What the library can plan: products of this, and of 2, 3 and 5. */
const SIZE_STEP = 32;
/** A smaller transform is not worth the detour by a size that the library plans. */
const SMALLEST_CHIRP = 256;

let library: Promise<Pffft> | undefined;
const plans = new Map<number, RealTransform>();

/**
 * The fastest transform of real signals of `size` samples that there is: PFFFT (J. Pommier) in WebAssembly with SIMD, five times as
 * fast as {@link RealFft} at 4096 and as exact as 32-bit floats are, by a detour for sizes that it has no plan for; RealFft where that does
 * not load. All callers share one instance.
 */
export async function fastRealFft(size: number): Promise<RealTransform> {
  const known = plans.get(size);
  if (known !== undefined) return known;
  if (!isPlanned(size) && size < SMALLEST_CHIRP) return new RealFft(size);
  try {
    const pffft = await load();
    const plan = isPlanned(size)
      ? new PffftTransform(pffft, size)
      : new PffftChirpTransform(pffft, size, plannedFrom(2 * size - 1));
    plans.set(size, plan);
    return plan;
  } catch {
    return new RealFft(size);
  }
}

function isPlanned(size: number): boolean {
  if (size % SIZE_STEP !== 0) return false;
  let rest = size / SIZE_STEP;
  for (const factor of [2, 3, 5]) while (rest % factor === 0) rest /= factor;
  return rest === 1;
}

/** The first size from `least` on that the library plans. */
function plannedFrom(least: number): number {
  let size = Math.ceil(least / SIZE_STEP) * SIZE_STEP;
  while (!isPlanned(size)) size += SIZE_STEP;
  return size;
}

function load(): Promise<Pffft> {
  if (library === undefined) {
    library = createPffft();
    library.catch(() => (library = undefined));
  }
  return library;
}

/** {@link RealTransform} in the library's memory. */
class PffftTransform implements RealTransform {
  readonly binCount: number;
  private readonly setup: number;
  private readonly samplesAt: number;
  private readonly binsAt: number;
  private readonly workAt: number;

  constructor(
    private readonly pffft: Pffft,
    readonly size: number,
  ) {
    this.binCount = size / 2 + 1;
    this.setup = pffft._pffft_new_setup(size, 0);
    if (this.setup === 0) throw new RangeError(`no fast transform of ${size}`);
    const bytes = FLOAT_BYTES * size;
    this.samplesAt = pffft._pffft_aligned_malloc(bytes);
    this.binsAt = pffft._pffft_aligned_malloc(bytes);
    this.workAt = pffft._pffft_aligned_malloc(bytes);
  }

  forward(
    input: FloatArray,
    re: FloatArray,
    im: FloatArray,
    inputOffset = 0,
    outputOffset = 0,
    bins = this.binCount,
  ): void {
    const { pffft, size, setup, samplesAt, binsAt, workAt } = this;
    if (input.buffer !== pffft.HEAPF32.buffer) {
      const samples = this.frame;
      for (let n = 0; n < size; n++) samples[n] = input[inputOffset + n]!;
    }
    pffft._pffft_transform_ordered(setup, samplesAt, binsAt, workAt, 0);
    const pairs = this.view(binsAt);
    const half = size / 2;
    re[outputOffset] = pairs[0]!;
    im[outputOffset] = 0;
    for (let k = 1, at = outputOffset + 1; k < half && k < bins; k++, at++) {
      re[at] = pairs[2 * k]!;
      im[at] = pairs[2 * k + 1]!;
    }
    if (bins <= half) return;
    re[outputOffset + half] = pairs[1]!;
    im[outputOffset + half] = 0;
  }

  inverse(
    re: FloatArray,
    im: FloatArray,
    output: FloatArray,
    inputOffset = 0,
    outputOffset = 0,
    bins = this.binCount,
  ): void {
    const { pffft, size, setup, samplesAt, binsAt, workAt } = this;
    const pairs = this.view(binsAt);
    const half = size / 2;
    const scale = 1 / size;
    pairs[0] = scale * re[inputOffset]!;
    pairs[1] = bins > half ? scale * re[inputOffset + half]! : 0;
    for (let k = 1, at = inputOffset + 1; k < half && k < bins; k++, at++) {
      pairs[2 * k] = scale * re[at]!;
      pairs[2 * k + 1] = scale * im[at]!;
    }
    pairs.fill(0, 2 * bins);
    pffft._pffft_transform_ordered(setup, binsAt, samplesAt, workAt, 1);
    const samples = this.frame;
    if (output.buffer === samples.buffer) return;
    for (let n = 0; n < size; n++) output[outputOffset + n] = samples[n]!;
  }

  get frame(): Float32Array {
    return this.view(this.samplesAt);
  }

  private view(address: number): Float32Array {
    return new Float32Array(this.pffft.HEAPF32.buffer, address, this.size);
  }
}
