import { SvelteMap } from 'svelte/reactivity';

interface Peaks {
  /** Minimum and maximum a bucket, one after the other. */
  readonly minMax: Float32Array;
  readonly bucketsPerSecond: number;
}

const BUCKETS_PER_SECOND = 40;
const DECODE_RATE_HZ = 8000;
/** Longer ones would hold up the page for a picture of a few pixels. */
const MAX_BYTES = 64_000_000;

/** Waveforms of the samples that were found, decoded one after the other at a rate that is enough to draw. */
export class SamplePeaks {
  readonly #peaks = new SvelteMap<string, Peaks>();
  #round = 0;

  of(sampleId: string): Peaks | undefined {
    return this.#peaks.get(sampleId);
  }

  /** Starts over with these samples. */
  load(samples: ReadonlyMap<string, Blob>): void {
    const round = ++this.#round;
    this.#peaks.clear();
    void this.#decodeAll(samples, () => round === this.#round);
  }

  async #decodeAll(samples: ReadonlyMap<string, Blob>, isCurrent: () => boolean): Promise<void> {
    if (samples.size === 0) return;
    const context = new OfflineAudioContext(1, 1, DECODE_RATE_HZ);
    for (const [id, blob] of samples) {
      if (!isCurrent()) return;
      if (blob.size > MAX_BYTES) continue;
      try {
        const buffer = await context.decodeAudioData(await blob.arrayBuffer());
        if (isCurrent()) this.#peaks.set(id, peaksOf(buffer.getChannelData(0)));
      } catch {
        // Drawn as a plain clip; the sample list says that it cannot be played.
      }
    }
  }
}

function peaksOf(samples: Float32Array): Peaks {
  const size = DECODE_RATE_HZ / BUCKETS_PER_SECOND;
  const count = Math.ceil(samples.length / size);
  const minMax = new Float32Array(count * 2);
  for (let bucket = 0; bucket < count; bucket++) {
    let [low, high] = [0, 0];
    const end = Math.min(samples.length, (bucket + 1) * size);
    for (let i = bucket * size; i < end; i++) {
      if (samples[i]! < low) low = samples[i]!;
      else if (samples[i]! > high) high = samples[i]!;
    }
    minMax[bucket * 2] = low;
    minMax[bucket * 2 + 1] = high;
  }
  return { minMax, bucketsPerSecond: BUCKETS_PER_SECOND };
}
