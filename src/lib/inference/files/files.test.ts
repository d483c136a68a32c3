import { FormatError } from '$lib/core/errors';
import { describe, expect, it } from 'vitest';
import { createFloatFile, createStemFile, jobBytes, openFloatFile, openStemFile } from './audio-files';
import { memoryFileArea, writeFile } from './file-area';
import { JobFiles } from './job-files';
import { dequantise, pack, quantise, unpack } from './pack';

describe('pack', () => {
  it('brings back objects with arrays of any kind', () => {
    const value = {
      kind: 'notes',
      list: [{ scores: Float32Array.of(1.5, -2) }, { scores: Float32Array.of() }],
      frames: Uint8Array.of(1, 2, 3),
      wide: Uint16Array.of(65_535),
      none: null,
    };
    expect(unpack(pack(value))).toEqual(value);
  });

  it('names the offset of any cut', () => {
    const bytes = pack({ frames: Uint8Array.of(1, 2, 3), text: 'x' });
    for (let length = 0; length < bytes.length; length += 3) {
      expect(() => unpack(bytes.slice(0, length))).toThrow(FormatError);
    }
  });

  it('keeps probabilities to five digits', () => {
    const values = Float32Array.of(0, 0.123456, 1);
    dequantise(quantise(values)).forEach((value, index) => expect(value).toBeCloseTo(values[index]!, 4));
  });
});

describe('audio files', () => {
  const block = { sampleRateHz: 44_100, channels: [Float32Array.of(0.5, -0.25), Float32Array.of(1, 0)] };

  it.each([
    ['stem', createStemFile, openStemFile],
    ['float', createFloatFile, openFloatFile],
  ] as const)('reads back a %s file written in blocks', async (_name, create, open) => {
    const area = memoryFileArea();
    const writer = await create(area, 'a/b.wav');
    await writer.write(block);
    await writer.write(block);
    await writer.close();
    const reader = await open(area, 'a/b.wav');
    expect(reader).toMatchObject({ sampleRateHz: 44_100, channelCount: 2, lengthSamples: 4 });
    const { channels } = await reader.read(1, 4);
    expect([...channels[0]!]).toEqual([-0.25, 0.5, -0.25, 0]);
    expect(channels[1]![1]).toBeCloseTo(1, 4);
  });

  it('says that a missing stem belongs to a missing job', async () => {
    await expect(openStemFile(memoryFileArea(), 'x')).rejects.toMatchObject({ code: 'job-missing' });
  });

  it('knows the room a job needs', () => {
    expect(jobBytes(1, 4)).toBe(44_100 * (8 + 16));
  });
});

describe('JobFiles', () => {
  const filesWith = (quotaBytes: number | undefined): JobFiles =>
    new JobFiles(
      {
        ...memoryFileArea(),
        estimate: () =>
          Promise.resolve(quotaBytes === undefined ? undefined : { usedBytes: 1e9, quotaBytes }),
      },
      'job',
    );

  it('says before a long recording starts what it needs and what is free', async () => {
    await expect(filesWith(3e9).reserve(90 * 60, 4)).rejects.toMatchObject({
      code: 'storage-full',
      message: 'storage-full: 90 minutes of audio need 5.7 GB while they are worked on; 2.0 GB are free',
    });
  });

  it('lets it start where there is room, or where nobody can say', async () => {
    await expect(filesWith(7e9).reserve(90 * 60, 4)).resolves.toBeUndefined();
    await expect(filesWith(undefined).reserve(90 * 60, 4)).resolves.toBeUndefined();
  });
});

describe('memoryFileArea', () => {
  it('lists and removes whole folders', async () => {
    const area = memoryFileArea();
    await writeFile(area, 'jobs/a/x', Uint8Array.of(1, 2));
    await writeFile(area, 'jobs/a/y/z', new Blob(['abc']));
    await writeFile(area, 'jobs/ab/x', Uint8Array.of(1));
    expect(await area.list('jobs/a')).toEqual([
      { path: 'jobs/a/x', bytes: 2 },
      { path: 'jobs/a/y/z', bytes: 3 },
    ]);
    await area.remove('jobs/a');
    expect((await area.list('jobs')).map((file) => file.path)).toEqual(['jobs/ab/x']);
  });

  it('leaves nothing behind when writing fails', async () => {
    const area = memoryFileArea();
    const broken = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error('gone')) });
    await expect(writeFile(area, 'x', broken)).rejects.toThrow('gone');
    expect(await area.read('x')).toBeUndefined();
  });
});
