import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  Mp4OutputFormat,
  Output,
  canDecodeAudio,
} from 'mediabunny';
import { describe, expect, it } from 'vitest';
import { decodeWithWebCodecs, probeContainer } from './mediabunny';

/** An MP4 whose only track is AC-3, which Chromium does not decode. */
async function ac3File(): Promise<Blob> {
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat(), target });
  const source = new EncodedAudioPacketSource('ac3');
  output.addAudioTrack(source);
  await output.start();
  const decoderConfig = { codec: 'ac-3', sampleRate: 48_000, numberOfChannels: 2 };
  for (let frame = 0; frame < 4; frame++) {
    const seconds = (frame * 1536) / 48_000;
    // A frame header of 192 kbit/s at 48 kHz, and nothing in it.
    const bytes = new Uint8Array(768);
    bytes.set([0x0b, 0x77, 0, 0, 0x14, 0x40, 0x43]);
    await source.add(new EncodedPacket(bytes, 'key', seconds, 1536 / 48_000), { decoderConfig });
  }
  await output.finalize();
  return new Blob([target.buffer!]);
}

describe('a codec that the browser lacks', () => {
  it('is known before anything is decoded', async () => {
    expect(await canDecodeAudio('ac3')).toBe(false);
    const file = await ac3File();
    expect(await probeContainer(file)).toMatchObject({ isDecodable: false, sampleRateHz: 48_000 });
  });

  it('is named as such where a long file is decoded block by block', async () => {
    const blocks = decodeWithWebCodecs(await ac3File(), 'mp4');
    await expect(blocks.next()).rejects.toMatchObject({
      code: 'audio-protected',
      message: 'audio-protected: ac3',
    });
  });
});
