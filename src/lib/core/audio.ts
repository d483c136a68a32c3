/** Every pipeline after decoding works at this rate. */
export const PIPELINE_SAMPLE_RATE_HZ = 44_100;

/** One Float32Array a channel, all of one length, nominally -1..1. */
export interface PlanarAudio {
  readonly sampleRateHz: number;
  readonly channels: readonly Float32Array<ArrayBuffer>[];
}

/** Random access to audio that may be too long for memory. */
export interface AudioReader {
  readonly sampleRateHz: number;
  readonly channelCount: number;
  readonly lengthSamples: number;
  /** `lengthSamples` from `startSamples`; parts outside the source are zero. */
  read(startSamples: number, lengthSamples: number): Promise<PlanarAudio>;
}

/** Takes audio in order; `close` makes it readable. */
export interface AudioWriter {
  write(block: PlanarAudio): Promise<void>;
  close(): Promise<void>;
}

/** An {@link AudioReader} on audio that is already in memory. */
export function memoryReader(audio: PlanarAudio): AudioReader {
  const lengthSamples = audio.channels[0]?.length ?? 0;
  return {
    sampleRateHz: audio.sampleRateHz,
    channelCount: audio.channels.length,
    lengthSamples,
    read: (startSamples, count) =>
      Promise.resolve({
        sampleRateHz: audio.sampleRateHz,
        channels: audio.channels.map((channel) => {
          const block = new Float32Array(count);
          const from = Math.max(0, startSamples);
          const to = Math.min(channel.length, startSamples + count);
          if (to > from) block.set(channel.subarray(from, to), from - startSamples);
          return block;
        }),
      }),
  };
}

/** The mean of all channels. */
export function toMono(audio: PlanarAudio): Float32Array<ArrayBuffer> {
  const [first, ...rest] = audio.channels;
  if (first === undefined) return new Float32Array(0);
  const mono = first.slice();
  for (const channel of rest) for (let i = 0; i < mono.length; i++) mono[i]! += channel[i]!;
  if (rest.length > 0) for (let i = 0; i < mono.length; i++) mono[i]! /= audio.channels.length;
  return mono;
}
