/** Builds FLP files for tests: a header of 96 ticks a quarter and the given events. */
export function flpFile(
  events: readonly (readonly number[])[],
  ticksPerQuarter = 96,
): Uint8Array<ArrayBuffer> {
  const data = events.flat();
  return Uint8Array.from([
    ...bytes('FLhd'),
    ...u32(6),
    ...u16(0),
    ...u16(1),
    ...u16(ticksPerQuarter),
    ...bytes('FLdt'),
    ...u32(data.length),
    ...data,
  ]);
}

/** An event; from id 192 on with its length before it. */
export function event(id: number, data: ArrayLike<number>): number[] {
  if (id < 192) return [id, ...Array.from(data)];
  const length = [];
  let rest = data.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return [id, ...length, ...Array.from(data)];
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function text16(text: string): number[] {
  return [...text, '\0'].flatMap((character) => u16(character.charCodeAt(0)));
}

export function u16(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}

export function u32(value: number): number[] {
  return [...u16(value & 0xffff), ...u16(Math.floor(value / 65_536) & 0xffff)];
}
