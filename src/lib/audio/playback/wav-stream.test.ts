import { describe, expect, it } from 'vitest';
import { openWav, parseWavHeader } from './wav-stream';

function wav(options: {
  format: 1 | 3;
  bits: number;
  channels: number;
  data: ArrayBuffer;
  extra?: boolean;
}): Blob {
  const { format, bits, channels, data } = options;
  const junk = options.extra === true ? 11 : 0;
  const padded = junk === 0 ? 0 : 8 + junk + 1;
  const head = new DataView(new ArrayBuffer(44 + padded));
  const text = (at: number, value: string): void =>
    [...value].forEach((letter, i) => head.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  head.setUint32(4, 36 + padded + data.byteLength, true);
  text(8, 'WAVEfmt ');
  head.setUint32(16, 16, true);
  head.setUint16(20, format, true);
  head.setUint16(22, channels, true);
  head.setUint32(24, 44_100, true);
  head.setUint16(32, (channels * bits) / 8, true);
  head.setUint16(34, bits, true);
  if (junk > 0) {
    text(36, 'LIST');
    head.setUint32(40, junk, true);
  }
  text(36 + padded, 'data');
  head.setUint32(40 + padded, data.byteLength, true);
  return new Blob([head.buffer, data]);
}

describe('openWav', () => {
  it('reads 16-bit stereo anywhere, and nothing beyond the end', async () => {
    const data = Int16Array.of(0, 100, 16_384, -16_384, 32_767, -32_768, 1, 2);
    const source = (await openWav(wav({ format: 1, bits: 16, channels: 2, data: data.buffer })))!;
    expect(source.lengthFrames).toBe(4);
    const [left, right] = await source.read(1, 2);
    expect([...left!]).toEqual([0.5, expect.closeTo(1, 4)]);
    expect([...right!]).toEqual([-0.5, -1]);
    expect((await source.read(3, 100))[0]).toHaveLength(1);
    expect((await source.read(9, 5))[0]).toHaveLength(0);
  });

  it('reads 24-bit and float, and walks over other chunks', async () => {
    const bytes = Uint8Array.of(0, 0, 0x40, 0, 0, 0xc0);
    const int24 = (await openWav(
      wav({ format: 1, bits: 24, channels: 1, data: bytes.buffer, extra: true }),
    ))!;
    expect([...(await int24.read(0, 2))[0]!]).toEqual([0.5, -0.5]);
    const float = (await openWav(
      wav({ format: 3, bits: 32, channels: 1, data: Float32Array.of(0.25, -2).buffer }),
    ))!;
    expect([...(await float.read(0, 2))[0]!]).toEqual([0.25, -2]);
  });

  it('believes the file, not the header, about its length', async () => {
    const whole = wav({ format: 1, bits: 16, channels: 1, data: new Int16Array(100).buffer });
    const cut = whole.slice(0, 44 + 60);
    expect((await openWav(cut))!.lengthFrames).toBe(30);
  });

  it('is undefined for anything else', async () => {
    expect(await openWav(new Blob(['ID3 not a wave']))).toBeUndefined();
    expect(await openWav(new Blob([]))).toBeUndefined();
    const header = await wav({ format: 1, bits: 16, channels: 1, data: new ArrayBuffer(4) }).arrayBuffer();
    for (let length = 0; length < 44; length++)
      expect(parseWavHeader(header.slice(0, length), length)).toBeUndefined();
  });
});
