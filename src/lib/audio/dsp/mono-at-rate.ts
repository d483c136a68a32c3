import { toMono, type AudioReader } from '$lib/core/audio';
import { greatestCommonDivisor, resample, Resampler } from './resample';

const BLOCK_SECONDS = 20;
/** What a longer recording would take in memory is made again where it is needed. */
const KEPT_SECONDS = 20 * 60;
/** Samples at the lower rate that the filter sees to either side, with some to spare. */
const FILTER_MARGIN_SAMPLES = 64;

/** One channel at another rate. */
export interface MonoSource {
  readonly lengthSamples: number;
  /** Root mean square over all of it. */
  readonly rms: number;
  /** `count` samples from `first` (may be negative); silence outside of the recording. */
  read(first: number, count: number): Promise<Float32Array<ArrayBuffer>>;
}

export interface MonoOptions {
  /** Checked between blocks. */
  readonly signal: AbortSignal;
  /** Recordings up to this long are held in memory; of longer ones each part is converted when it is read, to the same samples. */
  readonly keptSeconds?: number;
  /** Hears all samples once, in their order, before the answer comes. */
  readonly listen?: (block: Float32Array) => void;
}

/** The mean of all channels of `audio` at `toHz`. Throws RangeError where a rate is no whole number. */
export async function monoAtRate(
  audio: AudioReader,
  toHz: number,
  { signal, keptSeconds = KEPT_SECONDS, listen }: MonoOptions,
): Promise<MonoSource> {
  const fromHz = audio.sampleRateHz;
  if (!Number.isInteger(fromHz) || !Number.isInteger(toHz)) throw new RangeError(`${fromHz} to ${toHz} Hz`);
  const lengthSamples = Math.ceil((audio.lengthSamples * toHz) / fromHz);
  const isKept = audio.lengthSamples <= keptSeconds * fromHz;
  const kept = new Float32Array(isKept ? lengthSamples : 0);
  let power = 0;
  let done = 0;
  const take = (block: Float32Array): void => {
    const room = block.subarray(0, lengthSamples - done);
    for (const sample of room) power += sample * sample;
    if (isKept) kept.set(room, done);
    listen?.(room);
    done += room.length;
  };
  const resampler = fromHz === toHz ? undefined : new Resampler(fromHz, toHz);
  const blockSamples = BLOCK_SECONDS * fromHz;
  for (let start = 0; start < audio.lengthSamples; start += blockSamples) {
    signal.throwIfAborted();
    const count = Math.min(blockSamples, audio.lengthSamples - start);
    const block = toMono(await audio.read(start, count));
    take(resampler === undefined ? block : resampler.push(block));
  }
  if (resampler !== undefined) take(resampler.flush());
  return {
    lengthSamples,
    rms: Math.sqrt(power / Math.max(1, lengthSamples)),
    async read(first, count) {
      const out = new Float32Array(count);
      const from = Math.max(0, first);
      const to = Math.min(lengthSamples, first + count);
      if (to <= from) return out;
      const part = isKept ? kept.subarray(from, to) : await convert(audio, toHz, from, to);
      out.set(part, from - first);
      return out;
    },
  };
}

/** Samples `from` to `to` at `toHz`, in the phase in which the whole recording is converted. */
async function convert(audio: AudioReader, toHz: number, from: number, to: number): Promise<Float32Array> {
  const fromHz = audio.sampleRateHz;
  const shared = greatestCommonDivisor(fromHz, toHz);
  // Both rates have a sample at the same time once in so many.
  const period = { source: fromHz / shared, target: toHz / shared };
  const margin = Math.ceil(FILTER_MARGIN_SAMPLES * Math.max(1, toHz / fromHz));
  const firstPeriod = Math.floor((from - margin) / period.target);
  const lastPeriod = Math.ceil((to + margin) / period.target);
  const block = await audio.read(firstPeriod * period.source, (lastPeriod - firstPeriod) * period.source);
  const samples = resample(toMono(block), fromHz, toHz);
  const start = from - firstPeriod * period.target;
  return samples.subarray(start, start + to - from);
}
