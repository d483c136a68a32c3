import type { AudioReader, PlanarAudio } from '$lib/core/audio';

export type PcmEncoding = 'unsigned' | 'signed' | 'float' | 'alaw' | 'ulaw';

/** Where uncompressed frames lie in a file and how a sample is written. */
export interface PcmLayout {
  readonly sampleRateHz: number;
  readonly channelCount: number;
  readonly encoding: PcmEncoding;
  /** Width of one sample as stored: 1, 2, 3, 4 or 8. Narrower values are left-justified in it. */
  readonly bytesPerSample: number;
  /** Distance of frames; at least channelCount x bytesPerSample. */
  readonly bytesPerFrame: number;
  readonly littleEndian: boolean;
  readonly dataOffset: number;
  readonly frameCount: number;
}

export interface PcmFile {
  readonly layout: PcmLayout;
  /** What was wrong but could be read around, in words. */
  readonly warnings: readonly string[];
}

/** Frames at `bytes` as planar float; integers are scaled to -1..1. A cut last frame is left out. */
export function decodePcm(bytes: Uint8Array, layout: PcmLayout): Float32Array<ArrayBuffer>[] {
  const frames = Math.floor(bytes.byteLength / layout.bytesPerFrame);
  const packed = packedSamples(bytes, layout);
  if (packed !== undefined) return deinterleave(packed, frames, layout);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sample = sampleReader(view, layout);
  return Array.from({ length: layout.channelCount }, (_, channel) => {
    const out = new Float32Array(frames);
    let at = channel * layout.bytesPerSample;
    for (let i = 0; i < frames; i++, at += layout.bytesPerFrame) {
      const value = sample(at);
      out[i] = Number.isFinite(value) ? value : 0;
    }
    return out;
  });
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The samples without a copy, where they lie in memory as a typed array has them: so do the files that the app writes itself. */
function packedSamples(bytes: Uint8Array, layout: PcmLayout): Int16Array | Float32Array | undefined {
  const { encoding, bytesPerSample, bytesPerFrame, channelCount, littleEndian } = layout;
  if (littleEndian !== IS_LITTLE_ENDIAN || bytesPerFrame !== channelCount * bytesPerSample) return undefined;
  if (bytes.byteOffset % bytesPerSample !== 0) return undefined;
  const count = Math.floor(bytes.byteLength / bytesPerFrame) * channelCount;
  if (encoding === 'signed' && bytesPerSample === 2)
    return new Int16Array(bytes.buffer, bytes.byteOffset, count);
  if (encoding === 'float' && bytesPerSample === 4)
    return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  return undefined;
}

function deinterleave(
  samples: Int16Array | Float32Array,
  frames: number,
  { channelCount }: PcmLayout,
): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: channelCount }, (_, channel) => {
    const out = new Float32Array(frames);
    if (samples instanceof Int16Array) {
      for (let i = 0, at = channel; i < frames; i++, at += channelCount) out[i] = samples[at]! / 32_768;
    } else {
      for (let i = 0, at = channel; i < frames; i++, at += channelCount) {
        const value = samples[at]!;
        out[i] = Number.isFinite(value) ? value : 0;
      }
    }
    return out;
  });
}

function sampleReader(view: DataView, layout: PcmLayout): (at: number) => number {
  const { encoding, bytesPerSample, littleEndian } = layout;
  if (encoding === 'alaw') return (at) => alawToLinear(view.getUint8(at));
  if (encoding === 'ulaw') return (at) => ulawToLinear(view.getUint8(at));
  if (encoding === 'float') {
    if (bytesPerSample === 8) return (at) => view.getFloat64(at, littleEndian);
    return (at) => view.getFloat32(at, littleEndian);
  }
  switch (bytesPerSample) {
    case 1:
      return encoding === 'unsigned'
        ? (at) => (view.getUint8(at) - 128) / 128
        : (at) => view.getInt8(at) / 128;
    case 2:
      return (at) => view.getInt16(at, littleEndian) / 32_768;
    case 3:
      return littleEndian
        ? (at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608
        : (at) => ((view.getInt8(at) << 16) | view.getUint16(at + 1, false)) / 8_388_608;
    default:
      return (at) => view.getInt32(at, littleEndian) / 2_147_483_648;
  }
}

/** ITU-T G.711. */
function alawToLinear(code: number): number {
  const value = code ^ 0x55;
  const exponent = (value >> 4) & 7;
  const mantissa = value & 15;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return (value & 0x80 ? magnitude : -magnitude) / 32_768;
}

/** ITU-T G.711. */
function ulawToLinear(code: number): number {
  const value = ~code & 0xff;
  const magnitude = ((((value & 15) << 3) + 0x84) << ((value >> 4) & 7)) - 0x84;
  return (value & 0x80 ? -magnitude : magnitude) / 32_768;
}

/** Random access to the frames of `file` without holding them in memory. */
export function pcmReader(file: Blob, layout: PcmLayout): AudioReader {
  return {
    sampleRateHz: layout.sampleRateHz,
    channelCount: layout.channelCount,
    lengthSamples: layout.frameCount,
    async read(startSamples, lengthSamples): Promise<PlanarAudio> {
      const from = Math.min(layout.frameCount, Math.max(0, startSamples));
      const to = Math.max(from, Math.min(layout.frameCount, startSamples + lengthSamples));
      const slice = file.slice(
        layout.dataOffset + from * layout.bytesPerFrame,
        layout.dataOffset + to * layout.bytesPerFrame,
      );
      const decoded = decodePcm(new Uint8Array(await slice.arrayBuffer()), layout);
      const isWhole = from === startSamples && to - from === lengthSamples;
      const channels = decoded.map((channel) => {
        if (isWhole && channel.length === lengthSamples) return channel;
        const block = new Float32Array(lengthSamples);
        block.set(channel.subarray(0, lengthSamples), from - startSamples);
        return block;
      });
      return { sampleRateHz: layout.sampleRateHz, channels };
    },
  };
}
