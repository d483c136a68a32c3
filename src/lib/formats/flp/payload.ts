const UTF16 = new TextDecoder('utf-16le');
const WINDOWS_1252 = new TextDecoder('windows-1252');

/**
 * The bytes of one event. Versions store records of different lengths, so reading past the end gives 0 instead of an
 * error; ask {@link size} first where 0 would mean something.
 */
export class Payload {
  readonly #view: DataView;
  readonly start: number;
  readonly size: number;

  constructor(view: DataView, start: number, size: number) {
    this.#view = view;
    this.start = start;
    this.size = size;
  }

  u8(at: number): number {
    return at >= 0 && at + 1 <= this.size ? this.#view.getUint8(this.start + at) : 0;
  }

  u16(at: number): number {
    return at >= 0 && at + 2 <= this.size ? this.#view.getUint16(this.start + at, true) : 0;
  }

  u32(at: number): number {
    return at >= 0 && at + 4 <= this.size ? this.#view.getUint32(this.start + at, true) : 0;
  }

  i32(at: number): number {
    return at >= 0 && at + 4 <= this.size ? this.#view.getInt32(this.start + at, true) : 0;
  }

  f32(at: number): number {
    return at >= 0 && at + 4 <= this.size ? this.#view.getFloat32(this.start + at, true) : 0;
  }

  f64(at: number): number {
    return at >= 0 && at + 8 <= this.size ? this.#view.getFloat64(this.start + at, true) : 0;
  }

  /** A 64-bit length, as a number; beyond 2^53 it is no length any more and only has to stay large. */
  u64(at: number): number {
    return this.u32(at) + this.u32(at + 4) * 2 ** 32;
  }

  part(at: number, size: number): Payload {
    const from = Math.min(Math.max(0, at), this.size);
    return new Payload(this.#view, this.start + from, Math.max(0, Math.min(size, this.size - from)));
  }

  /** The value of an event of 1, 2, 3 or 4 bytes. */
  value(): number {
    let value = 0;
    for (let i = Math.min(4, this.size) - 1; i >= 0; i--) value = value * 256 + this.u8(i);
    return value;
  }

  ascii(): string {
    let text = '';
    for (let i = 0; i < this.size && this.u8(i) !== 0; i++) text += String.fromCharCode(this.u8(i));
    return text;
  }

  /** Text up to its terminating zero. */
  text(encoding: 'utf-16' | '8-bit'): string {
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.start, this.size);
    const decoded = encoding === 'utf-16' ? UTF16.decode(bytes) : WINDOWS_1252.decode(bytes);
    const end = decoded.indexOf('\0');
    return end < 0 ? decoded : decoded.slice(0, end);
  }

  /** UTF-16 text of Latin letters has a zero in every second byte; where the version is unknown, that decides. */
  looksLikeUtf16(): boolean {
    if (this.size < 2 || this.size % 2 !== 0) return false;
    let zeros = 0;
    for (let i = 1; i < this.size; i += 2) if (this.u8(i) === 0) zeros++;
    return zeros * 2 > this.size / 2;
  }
}
