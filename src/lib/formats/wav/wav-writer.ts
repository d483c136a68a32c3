import type { PlanarAudio } from '$lib/core/audio';

const WAV_HEADER_BYTES = 44;

/** The 44 bytes before `frameCount` frames of 16-bit PCM. Throws RangeError above the 4 GB that WAV can hold. */
export function wavHeader16(
  sampleRateHz: number,
  channelCount: number,
  frameCount: number,
): Uint8Array<ArrayBuffer> {
  const bytesPerFrame = 2 * channelCount;
  const dataBytes = frameCount * bytesPerFrame;
  if (dataBytes + WAV_HEADER_BYTES > 0xffff_ffff) throw new RangeError('A WAV file holds at most 4 GB.');
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const ascii = (at: number, text: string): void => {
    for (let i = 0; i < text.length; i++) header[at + i] = text.charCodeAt(i);
  };
  ascii(0, 'RIFF');
  view.setUint32(4, dataBytes + WAV_HEADER_BYTES - 8, true);
  ascii(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channelCount, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * bytesPerFrame, true);
  view.setUint16(32, bytesPerFrame, true);
  view.setUint16(34, 16, true);
  ascii(36, 'data');
  view.setUint32(40, dataBytes, true);
  return header;
}

/** Interleaves and rounds to 16 bits; what lies outside -1..1 is clipped. */
export function encodePcm16(audio: PlanarAudio): Uint8Array<ArrayBuffer> {
  const channelCount = audio.channels.length;
  const frames = audio.channels[0]?.length ?? 0;
  const samples = new Int16Array(frames * channelCount);
  audio.channels.forEach((channel, index) => {
    for (let i = 0, at = index; i < frames; i++, at += channelCount) {
      // As Math.round, which costs several times as much.
      const scaled = Math.floor(channel[i]! * 32_768 + 0.5);
      samples[at] = scaled > 32_767 ? 32_767 : scaled < -32_768 ? -32_768 : scaled;
    }
  });
  return new Uint8Array(samples.buffer);
}
