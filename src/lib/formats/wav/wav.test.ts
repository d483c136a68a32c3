import { FormatError } from '$lib/core/errors';
import { describe, expect, it } from 'vitest';
import { decodePcm, pcmReader } from './pcm';
import { readWav } from './wav-reader';
import { encodePcm16, wavHeader16 } from './wav-writer';

const RAMP = [0, 0.25, -0.5, 0.75, -1, 0.125];

interface Spec {
  readonly tag: number;
  readonly bits: number;
  readonly containerBytes?: number;
  readonly channels?: number;
  readonly extensible?: boolean;
  readonly dataSize?: number;
  readonly before?: Uint8Array;
}

function wav(spec: Spec, values = RAMP): Uint8Array<ArrayBuffer> {
  const width = spec.containerBytes ?? spec.bits / 8;
  const channels = spec.channels ?? 1;
  const data = new DataView(new ArrayBuffer(values.length * width));
  values.forEach((value, index) => {
    const at = index * width;
    if (spec.tag === 3) {
      if (width === 8) data.setFloat64(at, value, true);
      else data.setFloat32(at, value, true);
    } else if (width === 1) data.setUint8(at, Math.min(255, value * 128 + 128));
    else {
      const full = Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.round(value * 2 ** 31)));
      for (let byte = 0; byte < width; byte++)
        data.setUint8(at + byte, (full >>> (8 * (4 - width + byte))) & 255);
    }
  });
  const fmtSize = spec.extensible ? 40 : 16;
  const fmt = new DataView(new ArrayBuffer(fmtSize));
  fmt.setUint16(0, spec.extensible ? 0xfffe : spec.tag, true);
  fmt.setUint16(2, channels, true);
  fmt.setUint32(4, 48_000, true);
  fmt.setUint32(8, 48_000 * width * channels, true);
  fmt.setUint16(12, width * channels, true);
  fmt.setUint16(14, spec.bits, true);
  if (spec.extensible) {
    fmt.setUint16(16, 22, true);
    fmt.setUint16(24, spec.tag, true);
  }
  const chunk = (id: string, body: ArrayBufferView, size = body.byteLength): Uint8Array => {
    const out = new Uint8Array(8 + body.byteLength);
    out.set(new TextEncoder().encode(id));
    new DataView(out.buffer).setUint32(4, size, true);
    out.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), 8);
    return out;
  };
  const parts = [
    spec.before ?? new Uint8Array(0),
    chunk('fmt ', fmt),
    chunk('LIST', new Uint8Array(6)),
    chunk('data', data, spec.dataSize),
  ];
  const riff = new TextEncoder().encode('RIFF....WAVE');
  const out = new Uint8Array(12 + parts.reduce((sum, part) => sum + part.length, 0));
  out.set(riff);
  let at = 12;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

async function samples(bytes: Uint8Array<ArrayBuffer>): Promise<number[][]> {
  const file = new Blob([bytes]);
  const { layout } = await readWav(file);
  const audio = await pcmReader(file, layout).read(0, layout.frameCount);
  return audio.channels.map((channel) => [...channel]);
}

describe('readWav', () => {
  const specs: Spec[] = [
    { tag: 1, bits: 8 },
    { tag: 1, bits: 16 },
    { tag: 1, bits: 24 },
    { tag: 1, bits: 32 },
    { tag: 1, bits: 20, containerBytes: 3 },
    { tag: 1, bits: 24, containerBytes: 4 },
    { tag: 3, bits: 32 },
    { tag: 3, bits: 64 },
    { tag: 1, bits: 24, extensible: true },
  ];
  it.each(specs)('reads %o', async (spec) => {
    const [channel] = await samples(wav(spec));
    RAMP.forEach((value, index) => expect(channel![index]).toBeCloseTo(value, spec.bits === 8 ? 1.9 : 4));
  });

  it('separates channels and keeps zero outside the file', async () => {
    const file = new Blob([wav({ tag: 1, bits: 16, channels: 3 })]);
    const { layout } = await readWav(file);
    const audio = await pcmReader(file, layout).read(-1, 4);
    expect(audio.channels.map((channel) => [...channel])).toEqual([
      [0, 0, 0.75, 0],
      [0, 0.25, -1 + 0, 0].map((v, i) => (i === 2 ? -1 : v)),
      [0, -0.5, 0.125, 0],
    ]);
  });

  it.each([
    { tag: 1, bits: 16, channels: 2 },
    { tag: 3, bits: 32, channels: 2 },
  ])('reads the same wherever the bytes lie in memory: %o', async (spec) => {
    const file = wav(spec, [...RAMP, 1 / 3, -1]);
    const { layout } = await readWav(new Blob([file]));
    const bytes = file.slice(layout.dataOffset);
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    expect(decodePcm(bytes, layout)).toEqual(decodePcm(moved.subarray(1), layout));
  });

  it.each([0, 0xffff_ffff, 1_000_000])('salvages a data size of %d', async (dataSize) => {
    const file = new Blob([wav({ tag: 1, bits: 16, dataSize })]);
    const { layout, warnings } = await readWav(file);
    expect(layout.frameCount).toBe(RAMP.length);
    expect(warnings).toHaveLength(dataSize === 0xffff_ffff ? 0 : 1);
  });

  it('fails with an offset at every cut of a small file, or reads the frames that are left', async () => {
    const whole = wav({ tag: 1, bits: 16 });
    for (let length = 0; length < whole.length; length++) {
      const file = new Blob([whole.subarray(0, length)]);
      try {
        const { layout } = await readWav(file);
        expect(layout.frameCount).toBeLessThan(RAMP.length);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });

  it('names a compressed payload', async () => {
    await expect(readWav(new Blob([wav({ tag: 0x55, bits: 16 })]))).rejects.toThrow(/format tag 85/);
  });

  it('reads back what the writer wrote', async () => {
    const channels = [Float32Array.from(RAMP), Float32Array.from(RAMP, (v) => -v * 1.5)];
    const body = encodePcm16({ sampleRateHz: 44_100, channels });
    const header = wavHeader16(44_100, 2, RAMP.length);
    const bytes = new Uint8Array(header.length + body.length);
    bytes.set(header);
    bytes.set(body, header.length);
    const [left, right] = await samples(bytes);
    RAMP.forEach((value, index) => {
      expect(left![index]).toBeCloseTo(value, 4);
      expect(right![index]).toBeCloseTo(Math.max(-1, Math.min(1, -value * 1.5)), 4);
    });
  });
});
