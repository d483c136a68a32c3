import type { Payload } from './payload';

/** An item of the playlist, in file ticks. */
export interface PlaylistItem {
  readonly startTicks: number;
  readonly lengthTicks: number;
  /** One of the two. */
  readonly pattern?: number;
  readonly channel?: number;
  /** From 0, top to bottom. */
  readonly track: number;
  readonly group: number;
  readonly isMuted: boolean;
  /** Raw: ticks in patterns, a float in channel clips; both undefined where the whole is played. */
  readonly startOffsetTicks?: number;
  readonly startOffset?: number;
  readonly endOffset?: number;
}

export interface Playlist {
  readonly items: readonly PlaylistItem[];
  readonly recordSize: number;
  /** Records that hold neither a clip nor a pattern block. */
  readonly unreadable: number;
  /** Bytes behind the last whole record. */
  readonly leftover: number;
}

const PATTERN_BASE = 20_480;
const PATTERN_BLOCK = 0x6000_0000;
const MUTED = 0x2000;
const KNOWN_SIZES = [32, 60, 80, 88, 28];
const SMALLEST = 28;
const LARGEST = 256;
const MAX_TRACKS = 1000;

/**
 * Reads event 233. The record size depends on the version (28 in FL 8, 32, 60 in FL 21, 80 in FL 24 and 25), and newer
 * ones may add to it: the size is the one under which most records prove to be records, not just one that divides.
 */
export function readPlaylist(payload: Payload, majorVersion: number, topTrack: number): Playlist {
  const recordSize = chooseSize(payload);
  const count = Math.floor(payload.size / recordSize);
  const items: PlaylistItem[] = [];
  for (let i = 0; i < count; i++) {
    const record = payload.part(i * recordSize, recordSize);
    if (isRecord(record)) items.push(readItem(record, majorVersion, topTrack));
  }
  return { items, recordSize, unreadable: count - items.length, leftover: payload.size % recordSize };
}

function chooseSize(payload: Payload): number {
  let best = KNOWN_SIZES[0]!;
  let bestScore = -1;
  const others = [];
  for (let size = SMALLEST; size <= LARGEST; size += 2) if (!KNOWN_SIZES.includes(size)) others.push(size);
  for (const size of [...KNOWN_SIZES, ...others]) {
    if (size > payload.size) continue;
    const score = scoreSize(payload, size);
    if (score > bestScore) {
      best = size;
      bestScore = score;
    }
    if (score === 1) return size;
  }
  return best;
}

/** The share of the payload that valid records of this size explain. */
function scoreSize(payload: Payload, size: number): number {
  const count = Math.floor(payload.size / size);
  let valid = 0;
  for (let i = 0; i < count; i++) {
    if (isRecord(payload.part(i * size, size))) valid++;
    else if (i > 64 && valid < i / 4) break;
  }
  return (valid * size) / payload.size;
}

function isRecord(record: Payload): boolean {
  return record.u16(4) === PATTERN_BASE || record.u32(4) === PATTERN_BLOCK;
}

function readItem(record: Payload, majorVersion: number, topTrack: number): PlaylistItem {
  const isShort = record.size < 32;
  const reference = record.u16(6);
  const isBlock = record.u32(4) === PATTERN_BLOCK;
  const isPattern = isBlock || reference > PATTERN_BASE;
  const at12 = record.u16(12);
  const blockOrigin = majorVersion <= 8 ? 30_951 : 999;
  // Before playlist tracks existed a block's row was its pattern, so these lie on the track of their pattern.
  const pattern = isBlock ? blockOrigin - at12 : reference - PATTERN_BASE;
  const track = isBlock ? pattern - 1 : topTrack - at12;
  const offsets = record.part(isShort ? 20 : 24, 8);
  return {
    startTicks: record.u32(0),
    lengthTicks: record.u32(8),
    ...(isPattern ? { pattern } : { channel: reference }),
    track: track >= 0 && track < MAX_TRACKS ? track : 0,
    group: isShort ? 0 : record.u16(14),
    isMuted: !isShort && (record.u16(18) & MUTED) !== 0,
    ...(isPattern ? patternOffset(offsets) : channelOffsets(offsets)),
  };
}

/** Ticks; unused ones are 0xFFFFFFFF, -1.0 or NaN. */
function patternOffset(offsets: Payload): { startOffsetTicks?: number; endOffset?: number } {
  const ticks = offsets.u32(0);
  const isUsed = ticks < 0x4000_0000;
  return isUsed ? { startOffsetTicks: ticks } : {};
}

function channelOffsets(offsets: Payload): { startOffset?: number; endOffset?: number } {
  const start = offsets.f32(0);
  const end = offsets.f32(4);
  return {
    ...(start > 0 && Number.isFinite(start) ? { startOffset: start } : {}),
    ...(end > 0 && Number.isFinite(end) ? { endOffset: end } : {}),
  };
}
