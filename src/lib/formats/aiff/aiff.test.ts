import { FormatError } from '$lib/core/errors';
import { describe, expect, it } from 'vitest';
import { pcmReader } from '../wav/pcm';
import { readAiff } from './aiff-reader';

/** 44,100 Hz as an 80-bit float. */
const RATE_44100 = [0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0];

function aiff(
  options: { compression?: string; bits?: number; frames?: number } = {},
): Uint8Array<ArrayBuffer> {
  const { compression, bits = 16, frames = 3 } = options;
  const littleEndian = compression === 'sowt';
  const comm = new Uint8Array(18 + (compression === undefined ? 0 : 6));
  const view = new DataView(comm.buffer);
  view.setUint16(0, 1);
  view.setUint32(2, frames);
  view.setUint16(6, bits);
  comm.set(RATE_44100, 8);
  if (compression !== undefined) comm.set(new TextEncoder().encode(`${compression}\0\0`), 18);
  const width = bits / 8;
  const ssnd = new DataView(new ArrayBuffer(8 + 3 * width));
  [0.5, -0.25, -1].forEach((value, index) => {
    const at = 8 + index * width;
    if (compression === 'fl32') ssnd.setFloat32(at, value);
    else if (width === 2) ssnd.setInt16(at, value * 32_768, littleEndian);
    else ssnd.setInt8(at, value * 128);
  });
  const chunk = (id: string, body: Uint8Array): number[] => [
    ...new TextEncoder().encode(id),
    ...new Uint8Array(Uint32Array.of(body.length).buffer).reverse(),
    ...body,
    ...(body.length % 2 === 1 ? [0] : []),
  ];
  const kind = compression === undefined ? 'AIFF' : 'AIFC';
  // Sound before description: both orders occur.
  return Uint8Array.from([
    ...new TextEncoder().encode(`FORM....${kind}`),
    ...chunk('SSND', new Uint8Array(ssnd.buffer)),
    ...chunk('COMM', comm),
  ]);
}

async function samples(bytes: Uint8Array<ArrayBuffer>): Promise<number[]> {
  const file = new Blob([bytes]);
  const { layout } = await readAiff(file);
  expect(layout.sampleRateHz).toBe(44_100);
  const audio = await pcmReader(file, layout).read(0, layout.frameCount);
  return [...audio.channels[0]!];
}

describe('readAiff', () => {
  it.each([
    {},
    { compression: 'sowt' },
    { compression: 'fl32', bits: 32 },
    { bits: 8 },
    { compression: 'NONE' },
  ])('reads %o', async (options) => {
    expect(await samples(aiff(options))).toEqual([0.5, -0.25, -1]);
  });

  it('salvages a file that promises more than it has', async () => {
    const { layout, warnings } = await readAiff(new Blob([aiff({ frames: 400 })]));
    expect(layout.frameCount).toBeLessThan(40);
    expect(warnings[0]).toMatch(/cut short/);
  });

  it('names a codec it cannot read', async () => {
    await expect(readAiff(new Blob([aiff({ compression: 'ima4' })]))).rejects.toThrow(FormatError);
  });
});
