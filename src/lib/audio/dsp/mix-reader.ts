import type { AudioReader, PlanarAudio } from '$lib/core/audio';

/** The sum of recordings of one rate and channel count, as long as the longest. Throws RangeError where they differ. */
export function sumReader(readers: readonly AudioReader[]): AudioReader {
  const [first] = readers;
  if (first === undefined) throw new RangeError('Nothing to sum.');
  const { sampleRateHz, channelCount } = first;
  for (const reader of readers) {
    if (reader.sampleRateHz !== sampleRateHz || reader.channelCount !== channelCount) {
      throw new RangeError('Only recordings of one rate and channel count can be summed.');
    }
  }
  return {
    sampleRateHz,
    channelCount,
    lengthSamples: Math.max(...readers.map((reader) => reader.lengthSamples)),
    async read(startSamples, lengthSamples): Promise<PlanarAudio> {
      const blocks = await Promise.all(readers.map((reader) => reader.read(startSamples, lengthSamples)));
      const [sum, ...rest] = blocks;
      for (const block of rest) {
        block.channels.forEach((channel, index) => {
          const into = sum!.channels[index]!;
          for (let i = 0; i < into.length; i++) into[i]! += channel[i]!;
        });
      }
      return sum!;
    },
  };
}

/** A stretch of a recording as a recording of its own. */
export function sliceReader(reader: AudioReader, fromSamples: number, toSamples: number): AudioReader {
  return {
    sampleRateHz: reader.sampleRateHz,
    channelCount: reader.channelCount,
    lengthSamples: Math.max(0, toSamples - fromSamples),
    async read(startSamples, lengthSamples): Promise<PlanarAudio> {
      const block = await reader.read(fromSamples + startSamples, lengthSamples);
      // Outside the stretch there is silence, as for any recording.
      for (const channel of block.channels) {
        channel.fill(0, 0, Math.max(0, -startSamples));
        channel.fill(0, Math.max(0, toSamples - fromSamples - startSamples));
      }
      return block;
    },
  };
}

/** Keeps the last block that was read: what lies within it is answered without reading it again. */
export function rememberingReader(reader: AudioReader): AudioReader {
  let start = 0;
  let block: PlanarAudio | undefined;
  return {
    sampleRateHz: reader.sampleRateHz,
    channelCount: reader.channelCount,
    lengthSamples: reader.lengthSamples,
    async read(startSamples, lengthSamples): Promise<PlanarAudio> {
      const held = block?.channels[0]?.length ?? 0;
      if (block === undefined || startSamples < start || startSamples + lengthSamples > start + held) {
        block = await reader.read(startSamples, lengthSamples);
        start = startSamples;
      }
      const from = startSamples - start;
      // Copies: whoever reads may write into what he got.
      const channels = block.channels.map((channel) => channel.slice(from, from + lengthSamples));
      return { sampleRateHz: reader.sampleRateHz, channels };
    },
  };
}
