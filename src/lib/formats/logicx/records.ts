import { FormatError } from '../../core/errors';

/** One record of ProjectData: a 36-byte header, then its payload. */
export interface LogicRecord {
  /** As written: "MSeq", "EvSq" (the file stores it reversed). */
  readonly tag: string;
  /** The kind of object the record belongs to: 0x17 sequences, 0x14 environment objects, 0x0b audio. */
  readonly group: number;
  /** The object within its group. */
  readonly id: number;
  /** The part of the object: a region of an audio file, a strip of the mixer, a track of a folder. */
  readonly part: number;
  readonly key: number;
  readonly offset: number;
  readonly data: DataView<ArrayBuffer>;
}

export interface LogicRecords {
  readonly version: number;
  readonly records: readonly LogicRecord[];
  /** Where the walk stopped; the length of the file where all is well. */
  readonly endOffset: number;
}

export const PROJECT_DATA_MAGIC = [0x23, 0x47, 0xc0, 0xab];
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 36;
const MAX_RECORDS = 2_000_000;

/** Walks the records of a ProjectData file. A cut or damaged end gives what comes before it. Throws FormatError. */
export function readRecords(bytes: Uint8Array<ArrayBuffer>): LogicRecords {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FILE_HEADER_BYTES || PROJECT_DATA_MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new FormatError(
      0,
      'the ProjectData header 23 47 C0 AB',
      bytes.length === 0 ? 'an empty file' : 'something else',
    );
  }
  const records: LogicRecord[] = [];
  let offset = FILE_HEADER_BYTES;
  while (offset + RECORD_HEADER_BYTES <= bytes.length && records.length < MAX_RECORDS) {
    const tag = readTag(bytes, offset);
    const size = view.getUint32(offset + 0x1c, true);
    const start = offset + RECORD_HEADER_BYTES;
    if (tag === undefined || start + size > bytes.length) break;
    records.push({
      tag,
      group: view.getUint16(offset + 6, true),
      id: view.getUint16(offset + 10, true),
      part: view.getUint32(offset + 14, true),
      key: view.getUint32(offset + 18, true),
      offset,
      data: new DataView(bytes.buffer, bytes.byteOffset + start, size),
    });
    offset = start + size;
  }
  return { version: view.getUint16(4, true), records, endOffset: offset };
}

function readTag(bytes: Uint8Array, offset: number): string | undefined {
  let tag = '';
  for (let i = 3; i >= 0; i--) {
    const code = bytes[offset + i]!;
    if (code < 0x20 || code > 0x7e) return undefined;
    tag += String.fromCharCode(code);
  }
  return tag;
}

/** One event of a sequence: a row of 16 bytes and the rows that continue it. */
export interface LogicEvent {
  readonly status: number;
  /** From the first byte of the event to the end of its last row. */
  readonly data: DataView<ArrayBuffer>;
}

const ROW_BYTES = 16;
/** Byte 7 of a row that continues the one before has its top bit set. */
const CONTINUES = 0x80;
const END_STATUS = 0xf1;

/** The events of an EvSq record. */
export function readEvents(record: LogicRecord): LogicEvent[] {
  const { data } = record;
  const events: LogicEvent[] = [];
  let at = 0;
  while (at + ROW_BYTES <= data.byteLength) {
    const status = data.getUint8(at);
    if (status === END_STATUS) break;
    let end = at + ROW_BYTES;
    while (end + ROW_BYTES <= data.byteLength && (data.getUint8(end + 7) & CONTINUES) !== 0) end += ROW_BYTES;
    events.push({ status, data: new DataView(data.buffer, data.byteOffset + at, end - at) });
    at = end;
  }
  return events;
}

/** A number of the payload, or undefined where it is too short. */
export function u16At(data: DataView, at: number): number | undefined {
  return at + 2 <= data.byteLength ? data.getUint16(at, true) : undefined;
}

export function u32At(data: DataView, at: number): number | undefined {
  return at + 4 <= data.byteLength ? data.getUint32(at, true) : undefined;
}

/** Text of `length` bytes, or up to its first zero; undefined where the payload is too short. */
export function textAt(data: DataView<ArrayBuffer>, at: number, length: number): string | undefined {
  if (at < 0 || length < 0 || at + length > data.byteLength) return undefined;
  const bytes = new Uint8Array(data.buffer, data.byteOffset + at, length);
  const zero = bytes.indexOf(0);
  return new TextDecoder().decode(zero < 0 ? bytes : bytes.subarray(0, zero));
}
