/** The part of essentia.js 0.1.3 that is used; the package declares no types for this build. */
declare module 'essentia.js/dist/essentia-wasm.es.js' {
  /** Memory of the WASM heap: it must be freed by hand. */
  interface VectorFloat {
    delete(): void;
  }

  interface EssentiaInstance {
    /** https://essentia.upf.edu/reference/std_KeyExtractor.html; every parameter must be given. */
    KeyExtractor(
      audio: VectorFloat,
      averageDetuningCorrection: boolean,
      frameSize: number,
      hopSize: number,
      hpcpSize: number,
      maxFrequency: number,
      maximumSpectralPeaks: number,
      minFrequency: number,
      pcpThreshold: number,
      profileType: string,
      sampleRate: number,
      spectralPeaksThreshold: number,
      tuningFrequency: number,
      weightType: string,
      windowType: string,
    ): { readonly key: string; readonly scale: string; readonly strength: number };
    delete(): void;
  }

  export const EssentiaWASM: {
    readonly EssentiaJS: new (debug: boolean) => EssentiaInstance;
    arrayToVector(samples: Float32Array): VectorFloat;
  };
}
