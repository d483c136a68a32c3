/** The part of @echogarden/pffft-wasm 0.4.2 that is used; the package declares no types. */
declare module '@echogarden/pffft-wasm/simd' {
  interface Pffft {
    /** Replaced when the memory grows: not to be kept. */
    readonly HEAPF32: Float32Array<ArrayBuffer>;
    /** Bytes; the address answered is a multiple of 64. */
    _pffft_aligned_malloc(bytes: number): number;
    /** `kind` 0: real signals, 1: complex ones, pairs of real and imaginary part. 0 where there is no plan for this size. */
    _pffft_new_setup(size: number, kind: 0 | 1): number;
    /** `direction` 0: samples to bins, 1: bins to samples times `size`. Bins: real parts of the first and last, then pairs. */
    _pffft_transform_ordered(
      setup: number,
      input: number,
      output: number,
      work: number,
      direction: 0 | 1,
    ): void;
    /** The same with the bins in an order of its own, as _pffft_zconvolve_accumulate wants them. */
    _pffft_transform(setup: number, input: number, output: number, work: number, direction: 0 | 1): void;
    /** Adds the product of two spectra, times `scale`, to `into`. */
    _pffft_zconvolve_accumulate(setup: number, a: number, b: number, into: number, scale: number): void;
  }

  export default function createPffft(): Promise<Pffft>;
  export type { Pffft };
}
