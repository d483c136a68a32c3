import { afterId3, mpegFrameAt } from './sniff';

export interface Mp3Info {
  /** Samples to leave out at the start: what encoder and decoder put in front of the music. */
  readonly delaySamples: number;
  /** Absent in a file without a Xing/Info header. */
  readonly lengthSamples?: number;
  readonly sampleRateHz: number;
}

/** The polyphase filter bank and the MDCT of every decoder. */
const DECODER_DELAY_SAMPLES = 529;

/**
 * Reads the Xing/Info/LAME header of the first MPEG frame (gabriel.mp3-tech.org/mp3infotag.html).
 * Undefined where `head` holds no frame; the delay is 0 where the encoder did not write it.
 */
export function readMp3Info(head: Uint8Array): Mp3Info | undefined {
  let at = afterId3(head);
  while (at + 4 < head.length && mpegFrameAt(head, at) === undefined) at++;
  const frame = mpegFrameAt(head, at);
  if (frame === undefined) return undefined;
  const { sampleRateHz } = frame;
  const sideInfo = frame.isVersion1
    ? frame.channelCount === 1
      ? 17
      : 32
    : frame.channelCount === 1
      ? 9
      : 17;
  const tag = at + 4 + sideInfo;
  const name = String.fromCharCode(...head.subarray(tag, tag + 4));
  if ((name !== 'Xing' && name !== 'Info') || tag + 8 > head.length) return { delaySamples: 0, sampleRateHz };
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const flags = view.getUint32(tag + 4);
  const hasFrames = (flags & 1) !== 0;
  const frameCount = hasFrames && tag + 12 <= head.length ? view.getUint32(tag + 8) : undefined;
  const lameAt =
    tag + 8 + (hasFrames ? 4 : 0) + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
  let startSamples = 0;
  let endSamples = 0;
  if (lameAt + 24 <= head.length && head[lameAt]! >= 0x41) {
    startSamples = (head[lameAt + 21]! << 4) | (head[lameAt + 22]! >> 4);
    endSamples = ((head[lameAt + 22]! & 15) << 8) | head[lameAt + 23]!;
  }
  const delaySamples = startSamples === 0 ? 0 : startSamples + DECODER_DELAY_SAMPLES;
  if (frameCount === undefined) return { delaySamples, sampleRateHz };
  const lengthSamples = frameCount * frame.samples - startSamples - endSamples;
  return { delaySamples, lengthSamples: Math.max(0, lengthSamples), sampleRateHz };
}
