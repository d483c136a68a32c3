import { gainToDb } from './levels';

/** Peak of an analyser's last buffer in dBFS; -Infinity in silence. */
export class PeakMeter {
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(analyser: AnalyserNode) {
    this.#analyser = analyser;
    this.#samples = new Float32Array(analyser.fftSize);
  }

  get peakDb(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let peak = 0;
    for (const sample of this.#samples) peak = Math.max(peak, Math.abs(sample));
    return peak < 1e-6 ? -Infinity : gainToDb(peak);
  }
}
