import type { SmfChunk } from './smf-chunks';

export interface RawNote {
  readonly startTick: number;
  endTick: number;
  readonly channel: number;
  readonly pitch: number;
  /** 1-127. */
  readonly velocity: number;
  /** 0-127, of the note-off. */
  release: number;
}

export interface RawController {
  readonly tick: number;
  readonly channel: number;
  /** 0-127, or {@link PITCH_BEND} or {@link CHANNEL_PRESSURE}. */
  readonly controller: number;
  /** 0-127; pitch bend -8192..8191. */
  readonly value: number;
}

interface RawText {
  readonly tick: number;
  readonly type: number;
  readonly text: string;
}

/** One track, its events sorted into what they are. Ticks are the file's. */
export interface RawTrackEvents {
  readonly notes: RawNote[];
  readonly controllers: RawController[];
  readonly programs: { tick: number; channel: number; program: number }[];
  readonly texts: RawText[];
  readonly tempos: { tick: number; microseconds: number }[];
  readonly signatures: { tick: number; numerator: number; denominator: number }[];
  readonly keys: { tick: number; fifths: number; isMinor: boolean }[];
  endTick: number;
  /** Counts of what had to be mended, by warning code. */
  readonly damage: Map<string, number>;
  skippedBytes: number;
}

/** What a note-off says that says nothing. */
export const DEFAULT_RELEASE = 64;
export const PITCH_BEND = 128;
export const CHANNEL_PRESSURE = 129;

const META = { lastText: 0x0f, endOfTrack: 0x2f, tempo: 0x51, signature: 0x58, key: 0x59 } as const;
const UTF8 = new TextDecoder('utf-8', { fatal: true });
const WINDOWS_1252 = new TextDecoder('windows-1252');
/** Beyond this a delta is damage: days of music at any tempo. */
const MAX_TICK = 2 ** 32;

/**
 * Reads the events of a track as far as they make sense. Broken files are read as their authors meant them: running
 * status survives meta events, a data byte with its top bit set starts the next message, notes never released end with
 * the track.
 */
export function readTrack(bytes: Uint8Array, chunk: SmfChunk): RawTrackEvents {
  return new TrackParser(bytes, chunk).parse();
}

class TrackParser {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #track: RawTrackEvents;
  /** Notes that sound, by channel * 128 + pitch, first in first out. */
  readonly #open = new Map<number, RawNote[]>();
  #at: number;
  #tick = 0;
  #running = 0;
  #runningIsStale = false;
  #isEnded = false;

  constructor(bytes: Uint8Array, chunk: SmfChunk) {
    this.#bytes = bytes;
    this.#at = chunk.start;
    this.#end = chunk.end;
    this.#track = {
      notes: [],
      controllers: [],
      programs: [],
      texts: [],
      tempos: [],
      signatures: [],
      keys: [],
      endTick: 0,
      damage: new Map(),
      skippedBytes: 0,
    };
  }

  parse(): RawTrackEvents {
    while (!this.#isEnded && this.#at < this.#end) {
      const delta = this.#varint();
      if (delta === undefined || this.#at >= this.#end) break;
      if (this.#tick + delta > MAX_TICK) {
        this.#mend('far-event');
        break;
      }
      this.#tick += delta;
      this.#event();
    }
    if (!this.#isEnded) this.#mend('no-end-of-track');
    this.#track.endTick = this.#tick;
    this.#closeAll();
    return this.#track;
  }

  #mend(code: string): void {
    this.#track.damage.set(code, (this.#track.damage.get(code) ?? 0) + 1);
  }

  #byte(): number {
    return this.#at < this.#end ? this.#bytes[this.#at++]! : 0;
  }

  /** `undefined` where the track ends inside it. */
  #varint(): number | undefined {
    let value = 0;
    for (let i = 0; i < 8; i++) {
      if (this.#at >= this.#end) return undefined;
      const byte = this.#bytes[this.#at++]!;
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    return value;
  }

  #event(): void {
    const first = this.#bytes[this.#at]!;
    if (first === 0xff) {
      this.#at++;
      this.#meta();
    } else if (first >= 0xf0) {
      this.#at++;
      this.#system(first);
    } else if (first >= 0x80) {
      this.#at++;
      this.#running = first;
      this.#runningIsStale = false;
      this.#message(first);
    } else if (this.#running !== 0) {
      if (this.#runningIsStale) this.#mend('running-status');
      this.#message(this.#running);
    } else {
      // Data without a status: nothing says what it is.
      this.#at++;
      this.#track.skippedBytes++;
      this.#mend('stray-data');
    }
  }

  #system(status: number): void {
    if (status === 0xf0 || status === 0xf7) {
      const length = this.#varint() ?? 0;
      if (length > this.#end - this.#at) this.#mend('cut-event');
      this.#at = Math.min(this.#end, this.#at + length);
      this.#runningIsStale = true;
    } else if (status === 0xf2) this.#at += 2;
    else if (status === 0xf1 || status === 0xf3) this.#at += 1;
  }

  #message(status: number): void {
    const kind = status & 0xf0;
    const channel = status & 0x0f;
    const a = this.#data();
    if (a === undefined) return;
    if (kind === 0xc0) this.#track.programs.push({ tick: this.#tick, channel, program: a });
    else if (kind === 0xd0) this.#controller(channel, CHANNEL_PRESSURE, a);
    else {
      const b = this.#data();
      if (b === undefined) return;
      if (kind === 0x90 && b > 0) this.#noteOn(channel, a, b);
      else if (kind === 0x90 || kind === 0x80) this.#noteOff(channel, a, kind === 0x80 ? b : DEFAULT_RELEASE);
      else if (kind === 0xb0) this.#controller(channel, a, b);
      else if (kind === 0xe0) this.#controller(channel, PITCH_BEND, a + b * 128 - 8192);
    }
  }

  /** A data byte; where a status byte stands in its place the message is given up and that one read next. */
  #data(): number | undefined {
    if (this.#at >= this.#end) {
      this.#mend('cut-event');
      return undefined;
    }
    const byte = this.#bytes[this.#at]!;
    if (byte >= 0x80) {
      this.#mend('bad-data');
      return undefined;
    }
    this.#at++;
    return byte;
  }

  #controller(channel: number, controller: number, value: number): void {
    this.#track.controllers.push({ tick: this.#tick, channel, controller, value });
  }

  #noteOn(channel: number, pitch: number, velocity: number): void {
    const note = { startTick: this.#tick, endTick: -1, channel, pitch, velocity, release: DEFAULT_RELEASE };
    this.#track.notes.push(note);
    const key = channel * 128 + pitch;
    const open = this.#open.get(key);
    if (open === undefined) this.#open.set(key, [note]);
    else open.push(note);
  }

  #noteOff(channel: number, pitch: number, release: number): void {
    const note = this.#open.get(channel * 128 + pitch)?.shift();
    if (note === undefined) return;
    note.endTick = this.#tick;
    note.release = release;
  }

  #closeAll(): void {
    for (const notes of this.#open.values()) {
      for (const note of notes) {
        note.endTick = this.#tick;
        this.#mend('hanging-note');
      }
    }
  }

  #meta(): void {
    const type = this.#byte();
    const length = this.#varint();
    if (length === undefined || length > this.#end - this.#at) {
      this.#mend('cut-event');
      this.#at = this.#end;
      return;
    }
    const data = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    this.#runningIsStale = true;
    const tick = this.#tick;
    if (type === META.endOfTrack) this.#isEnded = true;
    else if (type >= 1 && type <= META.lastText)
      this.#track.texts.push({ tick, type, text: decodeText(data) });
    else if (type === META.tempo && length >= 3) {
      const microseconds = data[0]! * 65_536 + data[1]! * 256 + data[2]!;
      if (microseconds > 0) this.#track.tempos.push({ tick, microseconds });
      else this.#mend('bad-tempo');
    } else if (type === META.signature && length >= 2) {
      this.#track.signatures.push({ tick, numerator: data[0]!, denominator: 2 ** Math.min(10, data[1]!) });
    } else if (type === META.key && length >= 2) {
      this.#track.keys.push({ tick, fifths: (data[0]! << 24) >> 24, isMinor: data[1] === 1 });
    }
  }
}

function decodeText(data: Uint8Array): string {
  let text: string;
  try {
    text = UTF8.decode(data);
  } catch {
    text = WINDOWS_1252.decode(data);
  }
  return text.replaceAll('\0', '').trim();
}
