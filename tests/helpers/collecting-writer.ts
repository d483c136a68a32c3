import { memoryReader, type AudioReader, type AudioWriter, type PlanarAudio } from '$lib/core/audio';

/** Keeps what is written in memory and hands it out again. */
export function collectingWriter(): AudioWriter & { reader(): AudioReader } {
  const blocks: PlanarAudio[] = [];
  let isOpen = true;
  return {
    write(block) {
      if (!isOpen) return Promise.reject(new Error('The writer was closed.'));
      blocks.push(block);
      return Promise.resolve();
    },
    close() {
      isOpen = false;
      return Promise.resolve();
    },
    reader() {
      const [first] = blocks;
      if (first === undefined) throw new RangeError('nothing was written');
      const lengthSamples = blocks.reduce((sum, block) => sum + block.channels[0]!.length, 0);
      const channels = first.channels.map((_, c) => {
        const out = new Float32Array(lengthSamples);
        let at = 0;
        for (const block of blocks) {
          out.set(block.channels[c]!, at);
          at += block.channels[c]!.length;
        }
        return out;
      });
      return memoryReader({ sampleRateHz: first.sampleRateHz, channels });
    },
  };
}
