import { FormatError } from '../../core/errors';
import type { ProjectWarning } from '../../core/project';
import { Payload } from './payload';

/** One event of the FLdt chunk. */
export interface FlpEvent {
  readonly id: number;
  /** Where its id byte lies in the file. */
  readonly offset: number;
  readonly payload: Payload;
}

export interface FlpEvents {
  readonly format: number;
  readonly channelCount: number;
  /** As stored; 0 in damaged files. */
  readonly ticksPerQuarter: number;
  readonly events: readonly FlpEvent[];
  /** The walk ended exactly where the data ends. */
  readonly isComplete: boolean;
  readonly warnings: readonly ProjectWarning[];
}

/** The event whose size the FL 25.2 files disagree about: 4 bytes by its number, 3 in the files. */
const SHORT_EVENT = 0xac;
const VERSION_EVENT = 199;
const HEADER_SEARCH_BYTES = 65_536;
/** An event of no bytes would let a damaged file make objects without end; none is smaller than two bytes. */
const MAX_EVENTS = 5_000_000;

/**
 * Splits an FLP (or FST preset) into its events. Events are id 0-63: 1 byte, 64-127: 2, 128-191: 4, 192-255: a
 * little-endian base-128 length and that many bytes. Throws FormatError where there is no FLhd header or no event.
 */
export function readEvents(bytes: Uint8Array): FlpEvents {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (tag(bytes, 0) !== 'FLhd') throw new FormatError(0, 'FLhd', JSON.stringify(tag(bytes, 0)));
  const warnings: ProjectWarning[] = [];
  const data = findData(bytes, view);
  const header = new Payload(view, 8, Math.max(0, Math.min(6, bytes.length - 8)));
  const walk = bestWalk(view, data.start, data.declaredEnd, bytes.length);
  if (walk.events.length === 0) throw new FormatError(data.start, 'a first event', 'the end of the data');
  if (!walk.isComplete) {
    warnings.push({
      code: 'truncated',
      message: 'The file is cut short or damaged; everything before that point was read.',
      offset: walk.stoppedAt,
    });
  }
  if (data.declaredEnd !== bytes.length) {
    warnings.push({
      code: 'wrong-size',
      message: 'The file is not as long as its header says.',
      offset: data.start - 4,
    });
  }
  return {
    format: header.u16(0),
    channelCount: header.u16(2),
    ticksPerQuarter: header.u16(4),
    events: walk.events,
    isComplete: walk.isComplete,
    warnings,
  };
}

function tag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

/** The event data lies right after the header; where the header's size lies, the tag is searched. */
function findData(bytes: Uint8Array, view: DataView): { start: number; declaredEnd: number } {
  const headerSize = bytes.length >= 8 ? view.getUint32(4, true) : 0;
  let at = 8 + headerSize;
  if (tag(bytes, at) !== 'FLdt') {
    at = -1;
    const limit = Math.min(bytes.length - 4, HEADER_SEARCH_BYTES);
    for (let i = 4; i <= limit && at < 0; i++) if (tag(bytes, i) === 'FLdt') at = i;
  }
  if (at < 0) throw new FormatError(14, 'FLdt', JSON.stringify(tag(bytes, 14)));
  const declaredSize = at + 8 <= bytes.length ? view.getUint32(at + 4, true) : 0;
  return { start: at + 8, declaredEnd: at + 8 + declaredSize };
}

interface Walk {
  readonly events: FlpEvent[];
  readonly isComplete: boolean;
  readonly stoppedAt: number;
}

function bestWalk(view: DataView, start: number, declaredEnd: number, fileEnd: number): Walk {
  const ends = [...new Set([Math.min(declaredEnd, fileEnd), fileEnd])].filter((end) => end > start);
  let best: Walk | undefined;
  for (const end of ends) {
    const normal = walkEvents(view, start, end, 4);
    // Only a file that holds the odd event can be read in two ways, and then the version says which to try first.
    const isOdd = normal.events.some(({ id }) => id === SHORT_EVENT);
    const short = isOdd ? walkEvents(view, start, end, 3) : normal;
    const inOrder = isOdd && prefersShort(normal.events) ? [short, normal] : [normal, short];
    const complete = inOrder.find(({ isComplete }) => isComplete);
    if (complete !== undefined) return complete;
    const candidate = inOrder[0]!;
    if (best === undefined || candidate.events.length > best.events.length) best = candidate;
  }
  return best ?? { events: [], isComplete: false, stoppedAt: start };
}

/** FL 25.2 and later store the odd event in three bytes. */
function prefersShort(events: readonly FlpEvent[]): boolean {
  const version = events.find(({ id }) => id === VERSION_EVENT)?.payload.ascii() ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 25 || (major === 25 && minor >= 2);
}

function walkEvents(view: DataView, start: number, end: number, shortEventSize: 3 | 4): Walk {
  const events: FlpEvent[] = [];
  let at = start;
  while (at < end && events.length < MAX_EVENTS) {
    const offset = at;
    const id = view.getUint8(at++);
    let size = id < 64 ? 1 : id < 128 ? 2 : id === SHORT_EVENT ? shortEventSize : 4;
    if (id >= 192) {
      size = 0;
      let scale = 1;
      let byte = 0x80;
      while (byte >= 0x80 && at < end && scale < 2 ** 42) {
        byte = view.getUint8(at++);
        size += (byte & 0x7f) * scale;
        scale *= 128;
      }
      if (byte >= 0x80) return { events, isComplete: false, stoppedAt: offset };
    }
    if (size > end - at) return { events, isComplete: false, stoppedAt: offset };
    events.push({ id, offset, payload: new Payload(view, at, size) });
    at += size;
  }
  return { events, isComplete: at === end, stoppedAt: at };
}
