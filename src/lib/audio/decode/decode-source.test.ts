import { AppError } from '$lib/core/errors';
import type { AudioWriter, PlanarAudio } from '$lib/core/audio';
import { encodePcm16, wavHeader16 } from '$lib/formats/wav/wav-writer';
import { describe, expect, it, vi } from 'vitest';
import {
  decodeSource,
  WHOLE_DECODE_LIMIT_SECONDS,
  type CompressedDecoders,
  type DecodeEnv,
} from './decode-source';

const RATE_HZ = 44_100;

function collect(): { writer: AudioWriter; left: () => number[] } {
  const blocks: Float32Array[] = [];
  return {
    writer: {
      write: (block) => {
        expect(block.sampleRateHz).toBe(RATE_HZ);
        expect(block.channels).toHaveLength(2);
        blocks.push(block.channels[0]!);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    },
    left: () => blocks.flatMap((block) => [...block]),
  };
}

function env(decoders: Partial<CompressedDecoders> = {}, more: Partial<DecodeEnv> = {}): DecodeEnv {
  return {
    decoders: {
      probe: () => Promise.resolve(undefined),
      decodeWhole: () => Promise.reject(new Error('EncodingError')),
      decodeBlocks: () => {
        throw new Error('EncodingError');
      },
      ...decoders,
    },
    reserve: () => Promise.resolve(),
    signal: new AbortController().signal,
    onShare: () => undefined,
    ...more,
  };
}

function wav(rateHz: number, channelCount: number, seconds: number): Blob {
  const length = Math.round(rateHz * seconds);
  const channels = Array.from({ length: channelCount }, (_, channel) =>
    Float32Array.from(
      { length },
      (_v, i) => (channel + 1) * 0.1 * Math.sin((2 * Math.PI * 440 * i) / rateHz),
    ),
  );
  return new Blob([
    wavHeader16(rateHz, channelCount, length),
    encodePcm16({ sampleRateHz: rateHz, channels }),
  ]);
}

/** A sine of an eighth of full scale in unsigned bytes. */
function eightBitWav(rateHz: number, seconds: number): Blob {
  const length = Math.round(rateHz * seconds);
  const header = new DataView(wavHeader16(rateHz, 1, length).slice().buffer);
  header.setUint32(4, 36 + length, true);
  header.setUint32(28, rateHz, true);
  header.setUint16(32, 1, true);
  header.setUint16(34, 8, true);
  header.setUint32(40, length, true);
  const samples = Uint8Array.from({ length }, (_, i) =>
    Math.round(128 + 16 * Math.sin((2 * Math.PI * 440 * i) / rateHz)),
  );
  return new Blob([header, samples]);
}

/** A mono WAV of 8 bits whose content is made when it is read, and the most that was read at once. */
function endlessWav(seconds: number): { file: Blob; largestReadBytes: () => number } {
  const dataBytes = seconds * RATE_HZ;
  const head = new Uint8Array(44);
  head.set(wavHeader16(RATE_HZ, 1, dataBytes / 2));
  const view = new DataView(head.buffer);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  let largest = 0;
  const slice = (start: number, end: number): Blob => {
    largest = Math.max(largest, end - start);
    if (start < head.length) return new Blob([head.subarray(start, end)]);
    return new Blob([new Uint8Array(Math.min(end, dataBytes + head.length) - start).fill(160)]);
  };
  const file = { size: dataBytes + head.length, slice } as unknown as Blob;
  return { file, largestReadBytes: () => largest };
}

function latin1Blob(text: string): Blob {
  return new Blob([Uint8Array.from(text, (character) => character.charCodeAt(0))]);
}

const ONE_SECOND: PlanarAudio = { sampleRateHz: RATE_HZ, channels: [new Float32Array(RATE_HZ).fill(0.25)] };

const MP3_HEAD = Uint8Array.from({ length: 2000 }, (_, i) => [0xff, 0xfb, 0x90, 0x00][i % 417] ?? 0);
const MP3 = new Blob([MP3_HEAD]);

async function* inBlocks(count: number, then?: Error): AsyncGenerator<PlanarAudio> {
  for (let i = 0; i < count; i++) {
    await Promise.resolve();
    yield { sampleRateHz: RATE_HZ, channels: [new Float32Array(RATE_HZ).fill(0.5)] };
  }
  if (then !== undefined) throw then;
}

describe('decodeSource', () => {
  it.each([
    [8_000, 1],
    [44_100, 2],
    [48_000, 6],
    [96_000, 3],
  ])('brings %d Hz in %d channels to stereo at 44.1 kHz', async (rateHz, channelCount) => {
    const { writer, left } = collect();
    const onShare = vi.fn();
    const decoded = await decodeSource(wav(rateHz, channelCount, 1.5), writer, env({}, { onShare }));
    expect(decoded).toMatchObject({ sampleRateHz: rateHz, channels: channelCount, isSilent: false });
    expect(Math.abs(left().length - 1.5 * RATE_HZ)).toBeLessThanOrEqual(1);
    expect(decoded.lengthSamples).toBe(left().length);
    expect(onShare).toHaveBeenLastCalledWith(1);
    // The phase is right: a peak of the sine lies where it should.
    const samples = left();
    const peakAt = Math.round((RATE_HZ / 440) * 100.25);
    expect(samples[peakAt]! / Math.max(...samples)).toBeGreaterThan(0.98);
    expect(decoded.peaks.length).toBe(2 * 1.5 * 200);
  });

  it('takes what the browser decodes and the rate that the container states', async () => {
    const { writer, left } = collect();
    const audio = { sampleRateHz: RATE_HZ, channels: [new Float32Array(RATE_HZ).fill(0.25)] };
    const info = { durationSeconds: 1, sampleRateHz: 32_000, channelCount: 1 };
    const decoded = await decodeSource(
      MP3,
      writer,
      env({ probe: () => Promise.resolve(info), decodeWhole: () => Promise.resolve(audio) }),
    );
    expect(decoded).toMatchObject({ sampleRateHz: 32_000, channels: 1, warnings: [], durationSeconds: 1 });
    expect(left()).toHaveLength(RATE_HZ);
  });

  it('warns where less came out than the file promises', async () => {
    const audio = { sampleRateHz: RATE_HZ, channels: [new Float32Array(RATE_HZ)] };
    const decoded = await decodeSource(
      MP3,
      collect().writer,
      env({
        probe: () => Promise.resolve({ durationSeconds: 4 }),
        decodeWhole: () => Promise.resolve(audio),
      }),
    );
    expect(decoded.warnings).toEqual(['The file is damaged or cut short: 25 % of its audio could be read.']);
    expect(decoded.isSilent).toBe(true);
  });

  it('decodes long compressed files in blocks, asks for room first and keeps what came before damage', async () => {
    const { writer, left } = collect();
    const durationSeconds = WHOLE_DECODE_LIMIT_SECONDS + 1;
    const reserve = vi.fn(() => Promise.resolve());
    const decoded = await decodeSource(
      MP3,
      writer,
      env(
        {
          probe: () => Promise.resolve({ durationSeconds }),
          decodeBlocks: () => inBlocks(3, new Error('bad packet')),
        },
        { reserve },
      ),
    );
    expect(reserve).toHaveBeenCalledWith(durationSeconds);
    expect(left()).toHaveLength(3 * RATE_HZ);
    expect(decoded.warnings[0]).toMatch(/damaged place/);
  });

  it.each([
    ['a picture', '\x89PNG and so on', 'not-audio'],
    ['a MIDI file', 'MThd and so on', 'not-audio'],
    ['a protected iTunes file', '\0\0\0\x20ftypM4P and so on', 'audio-protected'],
  ])('never hands %s to a decoder, whatever that would make of it', async (_name, head, code) => {
    const decodeWhole = vi.fn(() => Promise.resolve(ONE_SECOND));
    await expect(
      decodeSource(latin1Blob(head), collect().writer, env({ decodeWhole })),
    ).rejects.toMatchObject({ code });
    expect(decodeWhole).not.toHaveBeenCalled();
  });

  it('tells a codec that this browser lacks from damage', async () => {
    const m4a = latin1Blob('\0\0\0\x20ftypM4A and so on');
    const failureWith = (isDecodable: boolean): Promise<unknown> =>
      decodeSource(m4a, collect().writer, env({ probe: () => Promise.resolve({ isDecodable }) })).catch(
        (error: unknown) => error,
      );
    expect(await failureWith(false)).toMatchObject({ code: 'audio-protected' });
    expect(await failureWith(true)).toMatchObject({ code: 'audio-unreadable' });
  });

  it('reads a mono WAV of 8 bits at 96 kHz', async () => {
    const { writer, left } = collect();
    const decoded = await decodeSource(eightBitWav(96_000, 1), writer, env());
    expect(decoded).toMatchObject({ sampleRateHz: 96_000, channels: 1, warnings: [] });
    expect(Math.abs(left().length - RATE_HZ)).toBeLessThanOrEqual(1);
    // An eighth of full scale, within what 8 bits can tell.
    expect(Math.abs(Math.max(...left()) - 0.125)).toBeLessThan(0.01);
  });

  it('says that a WAV holds no frame, and writes none', async () => {
    const { writer, left } = collect();
    const reserve = vi.fn(() => Promise.resolve());
    await expect(decodeSource(wav(RATE_HZ, 1, 0), writer, env({}, { reserve }))).rejects.toMatchObject({
      code: 'audio-empty',
    });
    expect(reserve).not.toHaveBeenCalled();
    expect(left()).toEqual([]);
  });

  it('reads two hours of WAV in small parts, after it asked for room', async () => {
    const { file, largestReadBytes } = endlessWav(7200);
    let frames = 0;
    const writer: AudioWriter = {
      write: ({ channels }) => Promise.resolve(void (frames += channels[0]!.length)),
      close: () => Promise.resolve(),
    };
    const reserve = vi.fn(() => Promise.resolve());
    const decoded = await decodeSource(file, writer, env({}, { reserve }));
    expect(reserve).toHaveBeenCalledExactlyOnceWith(7200);
    expect(decoded).toMatchObject({ durationSeconds: 7200, warnings: [] });
    expect(frames).toBe(7200 * RATE_HZ);
    expect(largestReadBytes()).toBeLessThan(1_000_000);
  }, 120_000);

  it('writes nothing where there is no room', async () => {
    const { writer, left } = collect();
    const reserve = (): Promise<void> => Promise.reject(new AppError('storage-full', 'needs 5 GB'));
    await expect(decodeSource(wav(RATE_HZ, 1, 1), writer, env({}, { reserve }))).rejects.toMatchObject({
      code: 'storage-full',
    });
    expect(left()).toEqual([]);
  });

  it('stops between blocks when cancelled', async () => {
    const controller = new AbortController();
    const onShare = (): void => controller.abort();
    const long = wav(RATE_HZ, 1, 10);
    await expect(
      decodeSource(long, collect().writer, env({}, { signal: controller.signal, onShare })),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });
});
