import { FormatError } from '$lib/core/errors';
import { ByteReader } from '../byte-reader/byte-reader';
import type { PcmEncoding, PcmFile } from './pcm';

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_ALAW = 6;
const FORMAT_ULAW = 7;
const FORMAT_EXTENSIBLE = 0xfffe;
const UNKNOWN_SIZE = 0xffff_ffff;
/** More chunks than any real file has before its audio. */
const MAX_CHUNKS = 10_000;

interface WavFormat {
  readonly tag: number;
  readonly channelCount: number;
  readonly sampleRateHz: number;
  readonly bytesPerFrame: number;
  readonly bitsPerSample: number;
}

/**
 * Finds the audio of a RIFF, RF64 or big-endian RIFX WAVE file: integer 8-32 bit, float 32/64, A-law, mu-law.
 * A wrong data size and a cut end are salvaged with a warning. Throws FormatError where there is no usable audio;
 * a compressed payload is a FormatError at offset 20 whose `actual` names the format tag.
 */
export async function readWav(file: Blob): Promise<PcmFile> {
  const bytesAt = async (offset: number, count: number): Promise<Uint8Array> =>
    new Uint8Array(await file.slice(offset, offset + count).arrayBuffer());

  const head = new ByteReader(await bytesAt(0, 12));
  const magic = head.ascii(4);
  const littleEndian = magic !== 'RIFX';
  head.skip(4);
  const kind = head.ascii(4);
  if (!['RIFF', 'RF64', 'RIFX', 'BW64'].includes(magic) || kind !== 'WAVE') {
    throw new FormatError(0, 'a RIFF/WAVE header', `${magic}/${kind}`);
  }

  const warnings: string[] = [];
  let format: WavFormat | undefined;
  let dataBytes64: number | undefined;
  let offset = 12;
  for (let count = 0; count < MAX_CHUNKS && offset + 8 <= file.size; count++) {
    const chunk = new ByteReader(await bytesAt(offset, 8), offset);
    const id = chunk.ascii(4);
    const size = chunk.u32(littleEndian);
    const bodyOffset = offset + 8;
    if (id === 'ds64') {
      const body = new ByteReader(await bytesAt(bodyOffset, 24), bodyOffset);
      body.skip(8);
      dataBytes64 = body.u64(littleEndian);
    } else if (id === 'fmt ') {
      format = parseFormat(await bytesAt(bodyOffset, Math.min(size, 64)), bodyOffset, littleEndian);
    } else if (id === 'data') {
      if (format === undefined) throw new FormatError(offset, 'a fmt chunk before the data', 'the data');
      const available = file.size - bodyOffset;
      const stated = size === UNKNOWN_SIZE ? (dataBytes64 ?? available) : size;
      // Recorders that were cut off leave 0 or a size beyond the end.
      const dataBytes = stated === 0 || stated > available ? available : stated;
      if (stated !== UNKNOWN_SIZE && stated > available) {
        warnings.push(`The file is cut short: ${percent(available, stated)} of its audio is there.`);
      } else if (stated === 0 && available > 0) {
        warnings.push('The file does not say how long it is; everything in it was read.');
      }
      return { layout: layoutOf(format, littleEndian, bodyOffset, dataBytes), warnings };
    }
    offset = bodyOffset + size + (size % 2);
  }
  throw new FormatError(Math.min(offset, file.size), 'a data chunk', 'the end of the file');
}

function percent(part: number, whole: number): string {
  return `${Math.floor((100 * part) / whole)} %`;
}

function parseFormat(bytes: Uint8Array, offset: number, littleEndian: boolean): WavFormat {
  const reader = new ByteReader(bytes, offset);
  let tag = reader.u16(littleEndian);
  const channelCount = reader.u16(littleEndian);
  const sampleRateHz = reader.u32(littleEndian);
  reader.skip(4);
  const bytesPerFrame = reader.u16(littleEndian);
  const bitsPerSample = reader.remaining >= 2 ? reader.u16(littleEndian) : 8;
  if (tag === FORMAT_EXTENSIBLE && reader.remaining >= 10) {
    reader.skip(8);
    tag = reader.u16(littleEndian);
  }
  return { tag, channelCount, sampleRateHz, bytesPerFrame, bitsPerSample };
}

function layoutOf(
  format: WavFormat,
  littleEndian: boolean,
  dataOffset: number,
  dataBytes: number,
): PcmFile['layout'] {
  const { channelCount, sampleRateHz } = format;
  if (channelCount < 1 || channelCount > 256)
    throw new FormatError(22, '1 to 256 channels', `${channelCount}`);
  if (sampleRateHz < 1_000 || sampleRateHz > 1_000_000) {
    throw new FormatError(24, 'a sample rate', `${sampleRateHz} Hz`);
  }
  const fromBits = Math.ceil(format.bitsPerSample / 8);
  // The frame size decides: 20-bit samples lie in three or in four bytes.
  const fromFrame = Math.floor(format.bytesPerFrame / channelCount);
  const bytesPerSample = fromFrame >= fromBits && fromFrame <= 8 ? fromFrame : fromBits;
  const encoding = encodingOf(format.tag, bytesPerSample);
  const widths = encoding === 'float' ? [4, 8] : encoding === 'signed' ? [2, 3, 4] : [1];
  if (!widths.includes(bytesPerSample)) {
    throw new FormatError(34, `samples of ${widths.join(' or ')} bytes`, `${bytesPerSample} bytes`);
  }
  const bytesPerFrame = Math.max(format.bytesPerFrame, channelCount * bytesPerSample);
  return {
    sampleRateHz,
    channelCount,
    encoding,
    bytesPerSample,
    bytesPerFrame,
    littleEndian,
    dataOffset,
    frameCount: Math.floor(dataBytes / bytesPerFrame),
  };
}

function encodingOf(tag: number, bytesPerSample: number): PcmEncoding {
  switch (tag) {
    case FORMAT_PCM:
      return bytesPerSample === 1 ? 'unsigned' : 'signed';
    case FORMAT_FLOAT:
      return 'float';
    case FORMAT_ALAW:
      return 'alaw';
    case FORMAT_ULAW:
      return 'ulaw';
    default:
      throw new FormatError(20, 'uncompressed audio', `format tag ${tag}`);
  }
}
