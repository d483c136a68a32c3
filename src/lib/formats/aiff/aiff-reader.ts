import { FormatError } from '$lib/core/errors';
import { ByteReader } from '../byte-reader/byte-reader';
import type { PcmEncoding, PcmFile, PcmLayout } from '../wav/pcm';

const MAX_CHUNKS = 10_000;

interface Common {
  readonly channelCount: number;
  readonly frameCount: number;
  readonly bitsPerSample: number;
  readonly sampleRateHz: number;
  readonly compression: string;
}

/**
 * Finds the audio of an AIFF or AIFF-C file: integer 8-32 bit in both byte orders, float 32/64, A-law, mu-law.
 * A cut end is salvaged with a warning. Throws FormatError where there is no usable audio; a compressed payload
 * is a FormatError whose `actual` names the codec.
 */
export async function readAiff(file: Blob): Promise<PcmFile> {
  const bytesAt = async (offset: number, count: number): Promise<Uint8Array> =>
    new Uint8Array(await file.slice(offset, offset + count).arrayBuffer());
  const head = new ByteReader(await bytesAt(0, 12));
  const magic = head.ascii(4);
  head.skip(4);
  const kind = head.ascii(4);
  if (magic !== 'FORM' || (kind !== 'AIFF' && kind !== 'AIFC')) {
    throw new FormatError(0, 'a FORM/AIFF header', `${magic}/${kind}`);
  }
  let common: Common | undefined;
  let sound: { offset: number; bytes: number } | undefined;
  let offset = 12;
  // The two chunks come in any order.
  for (let count = 0; count < MAX_CHUNKS && offset + 8 <= file.size; count++) {
    const chunk = new ByteReader(await bytesAt(offset, 8), offset);
    const id = chunk.ascii(4);
    const size = chunk.u32(false);
    const bodyOffset = offset + 8;
    if (id === 'COMM') common = parseCommon(await bytesAt(bodyOffset, Math.min(size, 64)), bodyOffset);
    if (id === 'SSND') {
      const body = new ByteReader(await bytesAt(bodyOffset, 8), bodyOffset);
      const skip = body.u32(false);
      sound = { offset: bodyOffset + 8 + skip, bytes: Math.max(0, size - 8 - skip) };
    }
    if (common !== undefined && sound !== undefined) break;
    offset = bodyOffset + size + (size % 2);
  }
  if (common === undefined)
    throw new FormatError(Math.min(offset, file.size), 'a COMM chunk', 'the end of the file');
  if (sound === undefined)
    throw new FormatError(Math.min(offset, file.size), 'an SSND chunk', 'the end of the file');
  return withinFile(common, sound.offset, file.size);
}

function parseCommon(bytes: Uint8Array, offset: number): Common {
  const reader = new ByteReader(bytes, offset);
  const channelCount = reader.u16(false);
  const frameCount = reader.u32(false);
  const bitsPerSample = reader.u16(false);
  const sampleRateHz = reader.float80();
  const compression = reader.remaining >= 4 ? reader.ascii(4) : 'NONE';
  if (channelCount < 1 || channelCount > 256)
    throw new FormatError(offset, '1 to 256 channels', `${channelCount}`);
  if (!(sampleRateHz >= 1_000 && sampleRateHz <= 1_000_000)) {
    throw new FormatError(offset + 8, 'a sample rate', `${sampleRateHz} Hz`);
  }
  return { channelCount, frameCount, bitsPerSample, sampleRateHz, compression };
}

function withinFile(common: Common, dataOffset: number, fileBytes: number): PcmFile {
  const { encoding, littleEndian, bytesPerSample } = codingOf(common);
  const bytesPerFrame = bytesPerSample * common.channelCount;
  const available = Math.max(0, Math.floor((fileBytes - dataOffset) / bytesPerFrame));
  const frameCount = common.frameCount === 0 ? available : Math.min(common.frameCount, available);
  const layout: PcmLayout = {
    sampleRateHz: common.sampleRateHz,
    channelCount: common.channelCount,
    encoding,
    bytesPerSample,
    bytesPerFrame,
    littleEndian,
    dataOffset,
    frameCount,
  };
  const warnings =
    available < common.frameCount
      ? [
          `The file is cut short: ${Math.floor((100 * available) / common.frameCount)} % of its audio is there.`,
        ]
      : [];
  return { layout, warnings };
}

function codingOf(common: Common): { encoding: PcmEncoding; littleEndian: boolean; bytesPerSample: number } {
  const integerBytes = Math.ceil(common.bitsPerSample / 8);
  const wide = { encoding: 'signed', littleEndian: false, bytesPerSample: integerBytes } as const;
  switch (common.compression) {
    case 'NONE':
    case 'twos':
    case 'in24':
    case 'in32':
      if (integerBytes >= 1 && integerBytes <= 4) return wide;
      break;
    case 'sowt':
      if (integerBytes >= 1 && integerBytes <= 4) return { ...wide, littleEndian: true };
      break;
    case 'raw ':
      return { encoding: 'unsigned', littleEndian: false, bytesPerSample: 1 };
    case 'fl32':
    case 'FL32':
      return { encoding: 'float', littleEndian: false, bytesPerSample: 4 };
    case 'fl64':
    case 'FL64':
      return { encoding: 'float', littleEndian: false, bytesPerSample: 8 };
    case 'alaw':
    case 'ALAW':
      return { encoding: 'alaw', littleEndian: false, bytesPerSample: 1 };
    case 'ulaw':
    case 'ULAW':
      return { encoding: 'ulaw', littleEndian: false, bytesPerSample: 1 };
  }
  throw new FormatError(38, 'uncompressed audio', `${common.compression} with ${common.bitsPerSample} bits`);
}
