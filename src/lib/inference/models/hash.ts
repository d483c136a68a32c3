/** Lower-case hex SHA-256. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const ROUND_CONSTANTS = roundConstants();

function roundConstants(): Uint32Array {
  const constants = new Uint32Array(64);
  let found = 0;
  for (let candidate = 2; found < 64; candidate++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++)
      if (candidate % divisor === 0) isPrime = false;
    if (isPrime) constants[found++] = fractionBits(candidate);
  }
  return constants;
}

/** The first 32 bits after the point of a cube root, by integer arithmetic so that rounding plays no part. */
function fractionBits(prime: number): number {
  const target = BigInt(prime) << 96n;
  let low = 0n;
  let high = 1n << 36n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** 3n <= target) low = middle;
    else high = middle - 1n;
  }
  return Number(low & 0xffff_ffffn);
}

/** SHA-256 of data that comes in parts (FIPS 180-4): the browser's own digest wants everything in memory. */
export class Sha256 {
  readonly #state = Uint32Array.of(
    0x6a09e667,
    0xbb67ae85,
    0x3c6ef372,
    0xa54ff53a,
    0x510e527f,
    0x9b05688c,
    0x1f83d9ab,
    0x5be0cd19,
  );
  readonly #block = new Uint8Array(64);
  readonly #words = new Uint32Array(64);
  #filled = 0;
  #total = 0;

  update(bytes: Uint8Array): void {
    this.#total += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      const count = Math.min(64 - this.#filled, bytes.length - at);
      this.#block.set(bytes.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === 64) this.#compress();
    }
  }

  hex(): string {
    const bits = BigInt(this.#total) * 8n;
    const padding = new Uint8Array((this.#filled < 56 ? 56 : 120) - this.#filled + 8);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
    this.update(padding);
    const out = new Uint8Array(32);
    const view = new DataView(out.buffer);
    this.#state.forEach((word, index) => view.setUint32(4 * index, word));
    return hex(out);
  }

  #compress(): void {
    const words = this.#words;
    const view = new DataView(this.#block.buffer);
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(4 * i);
    for (let i = 16; i < 64; i++) {
      const x = words[i - 15]!;
      const y = words[i - 2]!;
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      words[i] = (words[i - 16]! + s0 + words[i - 7]! + s1) | 0;
    }
    const state = this.#state;
    let [a, b, c, d, e, f, g, h] = state as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const choice = (e & f) ^ (~e & g);
      const first = (h + s1 + choice + ROUND_CONSTANTS[i]! + words[i]!) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + ((s0 + majority) | 0)) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, index) => {
      state[index] = state[index]! + word;
    });
    this.#filled = 0;
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** A file of up to this size is held in memory for the browser's own digest, which is 20 times as fast. */
const WHOLE_BYTES = 1 << 26;
const PART_BYTES = 1 << 22;

/** The SHA-256 of a file of any size. */
export async function sha256OfBlob(
  blob: Blob,
  signal?: AbortSignal,
  wholeBytes = WHOLE_BYTES,
): Promise<string> {
  if (blob.size <= wholeBytes) return sha256Hex(new Uint8Array(await blob.arrayBuffer()));
  const digest = new Sha256();
  for (let at = 0; at < blob.size; at += PART_BYTES) {
    signal?.throwIfAborted();
    digest.update(new Uint8Array(await blob.slice(at, at + PART_BYTES).arrayBuffer()));
  }
  return digest.hex();
}
