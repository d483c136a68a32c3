/** Where the samples of a WAV file lie and how they are written. */
export interface WavLayout {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly format: 'int16' | 'int24' | 'float32';
  readonly dataOffset: number;
  readonly lengthFrames: number;
}

const HEADER_BYTES = 4096;

/** Reads the header of a RIFF/WAVE file; undefined for anything else or for a coding that is not streamed here. */
export function parseWavHeader(header: ArrayBuffer, fileBytes: number): WavLayout | undefined {
  const view = new DataView(header);
  const tag = (at: number): string =>
    at + 4 > header.byteLength ? '' : String.fromCharCode(...new Uint8Array(header, at, 4));
  if (tag(0) !== 'RIFF' || tag(8) !== 'WAVE') return undefined;
  let format: WavLayout['format'] | undefined;
  let channels = 0;
  let sampleRateHz = 0;
  for (let at = 12; at + 8 <= header.byteLength;) {
    const bytes = view.getUint32(at + 4, true);
    if (tag(at) === 'fmt ' && at + 24 <= header.byteLength) {
      const plain = view.getUint16(at + 8, true);
      const extended = plain === 0xfffe && at + 34 <= header.byteLength;
      const code = extended ? view.getUint16(at + 32, true) : plain;
      channels = view.getUint16(at + 10, true);
      sampleRateHz = view.getUint32(at + 12, true);
      const bits = view.getUint16(at + 22, true);
      if (code === 1 && bits === 16) format = 'int16';
      else if (code === 1 && bits === 24) format = 'int24';
      else if (code === 3 && bits === 32) format = 'float32';
    } else if (tag(at) === 'data') {
      if (format === undefined || channels === 0) return undefined;
      const dataOffset = at + 8;
      const available = Math.min(bytes, fileBytes - dataOffset);
      const lengthFrames = Math.floor(available / (channels * BYTES[format]));
      return { sampleRateHz, channels, format, dataOffset, lengthFrames };
    }
    at += 8 + bytes + (bytes % 2);
  }
  return undefined;
}

const BYTES: Readonly<Record<WavLayout['format'], number>> = { int16: 2, int24: 3, float32: 4 };

/** Interleaved bytes to one Float32Array a channel, at most two channels. */
function decodeWavFrames(bytes: ArrayBuffer, layout: WavLayout): Float32Array<ArrayBuffer>[] {
  const { channels, format } = layout;
  const frames = Math.floor(bytes.byteLength / (channels * BYTES[format]));
  const view = new DataView(bytes);
  const read: Readonly<Record<WavLayout['format'], (index: number) => number>> = {
    int16: (index) => view.getInt16(index * 2, true) / 32_768,
    int24: (index) =>
      ((view.getUint8(index * 3 + 2) << 24) | (view.getUint16(index * 3, true) << 8)) / 2_147_483_648,
    float32: (index) => view.getFloat32(index * 4, true),
  };
  const sample = read[format];
  return Array.from({ length: Math.min(2, channels) }, (_, channel) => {
    const out = new Float32Array(frames);
    for (let i = 0; i < frames; i++) out[i] = sample(i * channels + channel);
    return out;
  });
}

/** Random access to the frames of one recording. */
export interface FrameSource {
  readonly sampleRateHz: number;
  readonly lengthFrames: number;
  /** Channels of [start, start + count); shorter at the end. */
  read(startFrame: number, count: number): Promise<Float32Array<ArrayBuffer>[]>;
}

/** Reads a WAV straight from its blob; undefined where it is no WAV of a known coding. */
export async function openWav(blob: Blob): Promise<FrameSource | undefined> {
  const layout = parseWavHeader(await blob.slice(0, HEADER_BYTES).arrayBuffer(), blob.size);
  if (layout === undefined) return undefined;
  const frameBytes = layout.channels * BYTES[layout.format];
  return {
    sampleRateHz: layout.sampleRateHz,
    lengthFrames: layout.lengthFrames,
    async read(startFrame, count) {
      const from = Math.max(0, startFrame);
      const to = Math.min(layout.lengthFrames, startFrame + count);
      const bytes = blob.slice(
        layout.dataOffset + from * frameBytes,
        layout.dataOffset + Math.max(from, to) * frameBytes,
      );
      return decodeWavFrames(await bytes.arrayBuffer(), layout);
    },
  };
}

/** A decoded buffer with the same access. */
export function bufferSource(buffer: AudioBuffer): FrameSource {
  return {
    sampleRateHz: buffer.sampleRate,
    lengthFrames: buffer.length,
    read: (startFrame, count) =>
      Promise.resolve(
        Array.from({ length: Math.min(2, buffer.numberOfChannels) }, (_, channel) =>
          buffer.getChannelData(channel).slice(startFrame, startFrame + count),
        ),
      ),
  };
}
