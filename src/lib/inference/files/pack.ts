import { FormatError } from '$lib/core/errors';

/** Values that survive {@link pack}: plain objects and arrays, with typed arrays anywhere in them. */
type TypedArray = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

const MAGIC = 'LMP1';
const ALIGNMENT_BYTES = 4;
const KINDS = { u8: Uint8Array, u16: Uint16Array, f32: Float32Array } as const;
type Kind = keyof typeof KINDS;

interface ArrayMark {
  readonly $array: Kind;
  readonly at: number;
  readonly length: number;
}

/** One file from a value: magic, length of the JSON, the JSON with marks for the arrays, the arrays. */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: TypedArray[] = [];
  let at = 0;
  const json = JSON.stringify(value, (_key, member: unknown) => {
    const kind = kindOf(member);
    if (kind === undefined) return member;
    const array = member as TypedArray;
    const mark: ArrayMark = { $array: kind, at, length: array.length };
    arrays.push(array);
    at += padded(array.byteLength);
    return mark;
  });
  const text = new TextEncoder().encode(json);
  const dataAt = 8 + padded(text.length);
  const out = new Uint8Array(dataAt + at);
  out.set(new TextEncoder().encode(MAGIC));
  new DataView(out.buffer).setUint32(4, text.length, true);
  out.set(text, 8);
  let cursor = dataAt;
  for (const array of arrays) {
    out.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), cursor);
    cursor += padded(array.byteLength);
  }
  return out;
}

/** Throws FormatError where the bytes were not made by {@link pack} or are cut short. */
export function unpack(bytes: Uint8Array<ArrayBuffer>): unknown {
  const decoder = new TextDecoder();
  const magic = decoder.decode(bytes.subarray(0, 4));
  if (magic !== MAGIC || bytes.length < 8) throw new FormatError(0, MAGIC, magic);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const dataAt = 8 + padded(length);
  if (dataAt > bytes.length) throw new FormatError(8, `${length} bytes of text`, `${bytes.length - 8}`);
  return JSON.parse(decoder.decode(bytes.subarray(8, 8 + length)), (_key, member: unknown) => {
    if (!isMark(member)) return member;
    const from = dataAt + member.at;
    const to = from + member.length * KINDS[member.$array].BYTES_PER_ELEMENT;
    if (to > bytes.length) throw new FormatError(from, `${to - from} bytes of data`, 'the end of the file');
    return new KINDS[member.$array](bytes.slice(from, to).buffer);
  });
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

function kindOf(value: unknown): Kind | undefined {
  return (Object.keys(KINDS) as Kind[]).find((kind) => value instanceof KINDS[kind]);
}

function isMark(value: unknown): value is ArrayMark {
  return typeof value === 'object' && value !== null && '$array' in value;
}

/** Probabilities as 16-bit numbers: half the room, far below any threshold's reach. */
export function quantise(values: Float32Array): Uint16Array<ArrayBuffer> {
  return Uint16Array.from(values, (value) => Math.round(Math.min(1, Math.max(0, value)) * 65_535));
}

export function dequantise(values: Uint16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(values, (value) => value / 65_535);
}
