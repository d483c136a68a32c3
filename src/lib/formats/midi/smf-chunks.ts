import { FormatError } from '../../core/errors';
import type { ProjectWarning } from '../../core/project';

/** How the file counts time. */
export type Division =
  | { readonly kind: 'metrical'; readonly ticksPerQuarter: number }
  | { readonly kind: 'smpte'; readonly framesPerSecond: number; readonly ticksPerFrame: number };

export interface SmfChunk {
  /** Where its data lies in the file. */
  readonly start: number;
  /** As declared, cut at the end of the file. */
  readonly end: number;
}

export interface SmfChunks {
  readonly type: number;
  readonly declaredTracks: number;
  readonly division: Division;
  readonly tracks: readonly SmfChunk[];
  /** Chunks that are no tracks, by name. */
  readonly otherChunks: readonly string[];
  readonly warnings: readonly ProjectWarning[];
}

/** MacBinary and mail headers before the file itself are at most this long. */
const HEADER_SEARCH_BYTES = 4096;
const MAX_CHUNKS = 65_536;
const DEFAULT_TICKS = 480;

/** Whether the bytes are a Standard MIDI file, a RIFF-wrapped one, or hold one behind a short foreign header. */
export function looksLikeMidi(head: Uint8Array): boolean {
  const isRmid = textAt(head, 0, 4) === 'RIFF' && textAt(head, 8, 4) === 'RMID';
  return isRmid || textAt(head, 0, 4) === 'MTrk' || findText(head, 'MThd', 0, 256) >= 0;
}

/**
 * Finds header and tracks. Lengths that lie are mended: a track ends at the next `MTrk`, and a missing header is
 * replaced by the usual values. Throws FormatError where there is neither header nor track.
 */
export function readChunks(bytes: Uint8Array): SmfChunks {
  const warnings: ProjectWarning[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerAt = findText(bytes, 'MThd', 0, HEADER_SEARCH_BYTES);
  const firstTrackAt = findText(bytes, 'MTrk', 0, bytes.length);
  if (headerAt < 0 && firstTrackAt < 0) {
    throw new FormatError(0, 'MThd', JSON.stringify(textAt(bytes, 0, 4)));
  }
  const hasHeader = headerAt >= 0 && headerAt + 14 <= bytes.length;
  if (!hasHeader) {
    if (firstTrackAt < 0) throw new FormatError(bytes.length, 'a MIDI header', 'the end of the file');
    warnings.push({
      code: 'no-header',
      message: 'The header is missing; 480 ticks a quarter note are assumed.',
      offset: 0,
    });
  }
  const type = hasHeader ? view.getUint16(headerAt + 8) : 1;
  const declaredTracks = hasHeader ? view.getUint16(headerAt + 10) : 0;
  const division = hasHeader ? divisionOf(view.getUint16(headerAt + 12), warnings) : metrical(DEFAULT_TICKS);
  const headerLength = hasHeader ? Math.max(6, view.getUint32(headerAt + 4)) : 0;
  const declaredStart = headerAt + 8 + headerLength;
  const isPlausible =
    hasHeader && declaredStart <= bytes.length && /^[ -~]{4}$/.test(textAt(bytes, declaredStart, 4));
  const start = isPlausible || firstTrackAt < 0 ? declaredStart : firstTrackAt;
  const found = walkChunks(bytes, view, start, warnings);
  const { otherChunks } = found;
  const tracks = found.tracks.length > 0 ? found.tracks : unnamedTrack(bytes, start, warnings);
  if (hasHeader && declaredTracks !== tracks.length) {
    warnings.push({
      code: 'track-count',
      message: `The header announces ${declaredTracks} tracks, the file holds ${tracks.length}.`,
      offset: headerAt + 10,
    });
  }
  return { type, declaredTracks, division, tracks, otherChunks, warnings };
}

/** No chunk calls itself a track: what follows the header is read as one. */
function unnamedTrack(bytes: Uint8Array, start: number, warnings: ProjectWarning[]): SmfChunk[] {
  if (start + 8 >= bytes.length) return [];
  warnings.push({
    code: 'track-name',
    message: 'No track is marked as one; what follows the header was read as a track.',
    offset: start,
  });
  return [{ start: start + 8, end: bytes.length }];
}

function walkChunks(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  warnings: ProjectWarning[],
): { tracks: SmfChunk[]; otherChunks: string[] } {
  const tracks: SmfChunk[] = [];
  const otherChunks: string[] = [];
  let at = start;
  for (let i = 0; i < MAX_CHUNKS && at + 8 <= bytes.length; i++) {
    const name = textAt(bytes, at, 4);
    const declaredEnd = at + 8 + view.getUint32(at + 4);
    const isTrack = name === 'MTrk';
    if (!isTrack && !/^[A-Za-z0-9 ]{4}$/.test(name)) {
      const next = findText(bytes, 'MTrk', at, bytes.length);
      if (next < 0) break;
      at = next;
      continue;
    }
    const end = chunkEnd(bytes, at + 8, declaredEnd, isTrack, warnings);
    if (isTrack) tracks.push({ start: at + 8, end });
    else otherChunks.push(name);
    at = end;
  }
  return { tracks, otherChunks };
}

/**
 * Where a chunk really ends: as declared where its end proves it (another chunk follows, the file ends there, or the
 * track's last event says so); else at the next track, since a wrong length is likelier than data of no chunk.
 */
function chunkEnd(
  bytes: Uint8Array,
  start: number,
  declaredEnd: number,
  isTrack: boolean,
  warnings: ProjectWarning[],
): number {
  const isEndOfTrack =
    isTrack &&
    bytes[declaredEnd - 3] === 0xff &&
    bytes[declaredEnd - 2] === 0x2f &&
    bytes[declaredEnd - 1] === 0;
  const isProven = declaredEnd === bytes.length || textAt(bytes, declaredEnd, 4) === 'MTrk' || isEndOfTrack;
  if (isProven || (!isTrack && declaredEnd < bytes.length)) return declaredEnd;
  const next = findText(bytes, 'MTrk', start, bytes.length);
  if (next >= 0) {
    warnings.push({
      code: 'track-length',
      message: 'A track is not as long as it says; the next one was found by its name.',
      offset: start - 4,
    });
    return next;
  }
  const isCut = declaredEnd > bytes.length;
  warnings.push({
    code: isCut ? 'truncated' : 'track-length',
    message: isCut
      ? 'The file is cut short; everything before that point was read.'
      : 'The last track is not as long as it says; it was read to the end of the file.',
    offset: isCut ? bytes.length : start - 4,
  });
  return bytes.length;
}

function metrical(ticksPerQuarter: number): Division {
  return { kind: 'metrical', ticksPerQuarter };
}

function divisionOf(value: number, warnings: ProjectWarning[]): Division {
  if ((value & 0x8000) !== 0) {
    const frames = 256 - (value >> 8);
    const ticksPerFrame = value & 0xff;
    // 29 stands for drop frame: 30 frames in 1.001 seconds.
    if (ticksPerFrame > 0) {
      return { kind: 'smpte', framesPerSecond: frames === 29 ? 30_000 / 1001 : frames, ticksPerFrame };
    }
  } else if (value > 0) return metrical(value);
  warnings.push({
    code: 'no-resolution',
    message: 'The header does not say how many ticks a quarter note has; 480 are assumed.',
  });
  return metrical(DEFAULT_TICKS);
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return at < 0 ? '' : String.fromCharCode(...bytes.subarray(at, at + length));
}

function findText(bytes: Uint8Array, text: string, from: number, limit: number): number {
  const codes = [...text].map((character) => character.charCodeAt(0));
  const last = Math.min(limit, bytes.length - text.length);
  for (let i = Math.max(0, from); i <= last; i++) {
    if (
      bytes[i] === codes[0] &&
      bytes[i + 1] === codes[1] &&
      bytes[i + 2] === codes[2] &&
      bytes[i + 3] === codes[3]
    ) {
      return i;
    }
  }
  return -1;
}
