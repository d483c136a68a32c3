export type Container =
  | 'wav'
  | 'aiff'
  | 'mp3'
  | 'flac'
  | 'ogg'
  | 'mp4'
  | 'webm'
  | 'adts'
  /** Audio of a kind that browsers do not decode (WMA, AMR, protected iTunes files ...). */
  | 'unsupported-audio'
  /** Recognised as something else. */
  | 'not-audio'
  | 'unknown';

/** Enough for any header, and for the first MPEG frames after junk. */
export const SNIFF_BYTES = 65_536;

interface Signature {
  readonly container: Container;
  readonly at: number;
  readonly text: string;
}

const SIGNATURES: readonly Signature[] = [
  { container: 'flac', at: 0, text: 'fLaC' },
  { container: 'ogg', at: 0, text: 'OggS' },
  { container: 'webm', at: 0, text: '\x1a\x45\xdf\xa3' },
  { container: 'unsupported-audio', at: 4, text: 'ftypM4P ' },
  { container: 'mp4', at: 4, text: 'ftyp' },
  { container: 'mp4', at: 4, text: 'moov' },
  { container: 'unsupported-audio', at: 0, text: '\x30\x26\xb2\x75\x8e\x66\xcf\x11' },
  { container: 'unsupported-audio', at: 0, text: '#!AMR' },
  { container: 'unsupported-audio', at: 0, text: 'MAC ' },
  { container: 'unsupported-audio', at: 0, text: 'wvpk' },
  { container: 'unsupported-audio', at: 0, text: 'DSD ' },
  { container: 'unsupported-audio', at: 0, text: 'caff' },
  { container: 'not-audio', at: 0, text: '\x89PNG' },
  { container: 'not-audio', at: 0, text: '\xff\xd8\xff' },
  { container: 'not-audio', at: 0, text: 'GIF8' },
  { container: 'not-audio', at: 0, text: '%PDF' },
  { container: 'not-audio', at: 0, text: 'PK\x03\x04' },
  { container: 'not-audio', at: 0, text: 'MThd' },
  { container: 'not-audio', at: 0, text: 'FLhd' },
  { container: 'not-audio', at: 0, text: '\x1f\x8b' },
  { container: 'not-audio', at: 0, text: '<' },
  { container: 'not-audio', at: 0, text: '{' },
];

/** What a file is by its first bytes; names and extensions lie too often. `head` holds up to {@link SNIFF_BYTES}. */
export function sniffContainer(head: Uint8Array): Container {
  const kind = latin1(head, 8, 4);
  const form = latin1(head, 0, 4);
  if (['RIFF', 'RF64', 'RIFX', 'BW64'].includes(form)) return kind === 'WAVE' ? 'wav' : 'not-audio';
  if (form === 'FORM') return kind === 'AIFF' || kind === 'AIFC' ? 'aiff' : 'not-audio';
  const audioAt = afterId3(head);
  if (latin1(head, audioAt, 4) === 'fLaC') return 'flac';
  for (const { container, at, text } of SIGNATURES) {
    if (latin1(head, at, text.length) === text) return container;
  }
  if (latin1(head, 0, 3) === 'ID3' && audioAt >= head.length) return 'mp3';
  return findMpegFrames(head, audioAt) ?? 'unknown';
}

function latin1(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

/** The first byte after an ID3v2 tag; its size is stored in four times seven bits. */
export function afterId3(bytes: Uint8Array): number {
  if (latin1(bytes, 0, 3) !== 'ID3' || bytes.length < 10) return 0;
  return 10 + ((bytes[6]! << 21) | (bytes[7]! << 14) | (bytes[8]! << 7) | bytes[9]!);
}

const KBITS_V1_L3 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320] as const;
const KBITS_V2_L3 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160] as const;
const MPEG_RATES_HZ = [44_100, 48_000, 32_000] as const;

export interface MpegFrame {
  readonly bytes: number;
  readonly sampleRateHz: number;
  readonly samples: number;
  readonly channelCount: number;
  readonly isVersion1: boolean;
}

/** The layer III frame header at `at` (ISO 11172-3, 13818-3), or undefined. */
export function mpegFrameAt(bytes: Uint8Array, at: number): MpegFrame | undefined {
  if (at + 4 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1]! & 0xe0) !== 0xe0) return undefined;
  const version = (bytes[at + 1]! >> 3) & 3;
  const layer = (bytes[at + 1]! >> 1) & 3;
  const bitrateIndex = bytes[at + 2]! >> 4;
  const rateIndex = (bytes[at + 2]! >> 2) & 3;
  if (version === 1 || layer !== 1 || bitrateIndex === 0 || bitrateIndex === 15 || rateIndex === 3)
    return undefined;
  const isVersion1 = version === 3;
  const sampleRateHz = MPEG_RATES_HZ[rateIndex]! / (isVersion1 ? 1 : version === 2 ? 2 : 4);
  const kbits = (isVersion1 ? KBITS_V1_L3 : KBITS_V2_L3)[bitrateIndex]!;
  const samples = isVersion1 ? 1152 : 576;
  const padding = (bytes[at + 2]! >> 1) & 1;
  return {
    bytes: Math.floor((samples / 8) * ((kbits * 1000) / sampleRateHz)) + padding,
    sampleRateHz,
    samples,
    channelCount: bytes[at + 3]! >> 6 === 3 ? 1 : 2,
    isVersion1,
  };
}

/** Two frames in a row are no accident. */
function findMpegFrames(bytes: Uint8Array, from: number): Container | undefined {
  for (let at = from; at + 8 < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    const frame = mpegFrameAt(bytes, at);
    if (frame !== undefined && mpegFrameAt(bytes, at + frame.bytes) !== undefined) return 'mp3';
    const adtsBytes = adtsFrameBytes(bytes, at);
    if (adtsBytes > 7 && adtsFrameBytes(bytes, at + adtsBytes) > 7) return 'adts';
  }
  return undefined;
}

function adtsFrameBytes(bytes: Uint8Array, at: number): number {
  if (at + 6 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1]! & 0xf6) !== 0xf0) return 0;
  return ((bytes[at + 3]! & 3) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >> 5);
}
