import { PIPELINE_SAMPLE_RATE_HZ, type AudioReader, type AudioWriter } from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import { pcmReader } from '$lib/formats/wav/pcm';
import { readWav } from '$lib/formats/wav/wav-reader';
import { encodePcm16, wavHeader16 } from '$lib/formats/wav/wav-writer';
import type { FileArea } from './file-area';

/** Decoded audio is kept in stereo, whatever the source has. */
const STORED_CHANNELS = 2;
const FLOAT_FRAME_BYTES = 4 * STORED_CHANNELS;
const STEM_FRAME_BYTES = 2 * STORED_CHANNELS;

/** Room a job takes while it runs and after: decoded audio as float, four stems at 16 bits. */
export function jobBytes(durationSeconds: number, stemCount: number): number {
  return Math.ceil(
    durationSeconds * PIPELINE_SAMPLE_RATE_HZ * (FLOAT_FRAME_BYTES + stemCount * STEM_FRAME_BYTES),
  );
}

/** A 16-bit stereo WAV at the pipeline's rate; the header is written when all frames are known. */
export async function createStemFile(area: FileArea, path: string): Promise<AudioWriter> {
  const sink = await area.create(path);
  let frames = 0;
  await sink.write(wavHeader16(PIPELINE_SAMPLE_RATE_HZ, STORED_CHANNELS, 0));
  return {
    async write(block) {
      frames += block.channels[0]?.length ?? 0;
      await sink.write(encodePcm16(block));
    },
    async close() {
      await sink.write(wavHeader16(PIPELINE_SAMPLE_RATE_HZ, STORED_CHANNELS, frames), 0);
      await sink.close();
    },
  };
}

export async function openStemFile(area: FileArea, path: string): Promise<AudioReader> {
  const file = await area.read(path);
  if (file === undefined) throw new AppError('job-missing', path);
  return pcmReader(file, (await readWav(file)).layout);
}

/** Interleaved 32-bit stereo float without a header, at the pipeline's rate. */
export async function createFloatFile(area: FileArea, path: string): Promise<AudioWriter> {
  const sink = await area.create(path);
  return {
    async write({ channels }) {
      const [left, right] = channels;
      if (left === undefined || right === undefined) throw new RangeError('Stored audio is stereo.');
      const frames = new Float32Array(left.length * STORED_CHANNELS);
      for (let i = 0; i < left.length; i++) {
        frames[2 * i] = left[i]!;
        frames[2 * i + 1] = right[i]!;
      }
      await sink.write(new Uint8Array(frames.buffer));
    },
    close: () => sink.close(),
  };
}

export async function openFloatFile(area: FileArea, path: string): Promise<AudioReader> {
  const file = await area.read(path);
  if (file === undefined) throw new AppError('job-missing', path);
  return pcmReader(file, {
    sampleRateHz: PIPELINE_SAMPLE_RATE_HZ,
    channelCount: STORED_CHANNELS,
    encoding: 'float',
    bytesPerSample: 4,
    bytesPerFrame: FLOAT_FRAME_BYTES,
    littleEndian: true,
    dataOffset: 0,
    frameCount: Math.floor(file.size / FLOAT_FRAME_BYTES),
  });
}
