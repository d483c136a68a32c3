import { FormatError } from '$lib/core/errors';

/** A cursor over bytes. Every read past the end throws a FormatError that names the offset. */
export class ByteReader {
  readonly #view: DataView;
  readonly #baseOffset: number;
  #position = 0;

  /** `baseOffset`: where `bytes` lies in its file, so that errors name file offsets. */
  constructor(bytes: Uint8Array, baseOffset = 0) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#baseOffset = baseOffset;
  }

  get remaining(): number {
    return this.#view.byteLength - this.#position;
  }

  skip(count: number): void {
    this.#take(count, 'padding');
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1, 'a byte'));
  }

  u16(littleEndian: boolean): number {
    return this.#view.getUint16(this.#take(2, 'a 16-bit number'), littleEndian);
  }

  u32(littleEndian: boolean): number {
    return this.#view.getUint32(this.#take(4, 'a 32-bit number'), littleEndian);
  }

  /** Up to 2^53 exactly. */
  u64(littleEndian: boolean): number {
    return Number(this.#view.getBigUint64(this.#take(8, 'a 64-bit number'), littleEndian));
  }

  ascii(length: number): string {
    const at = this.#take(length, `${length} characters`);
    let text = '';
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.#view.getUint8(at + i));
    return text;
  }

  /** IEEE 754 80-bit extended, big-endian: how AIFF stores its rate. */
  float80(): number {
    const at = this.#take(10, 'an 80-bit float');
    const signAndExponent = this.#view.getUint16(at, false);
    const mantissa = Number(this.#view.getBigUint64(at + 2, false));
    const exponent = (signAndExponent & 0x7fff) - 16383 - 63;
    return (signAndExponent & 0x8000 ? -1 : 1) * mantissa * 2 ** exponent;
  }

  #take(count: number, expected: string): number {
    if (count > this.remaining) {
      throw new FormatError(this.#baseOffset + this.#position, expected, 'the end of the data');
    }
    const at = this.#position;
    this.#position += count;
    return at;
  }
}
