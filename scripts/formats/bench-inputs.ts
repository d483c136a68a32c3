import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readEvents } from '../../src/lib/formats/flp/events';

const FLP_BYTES = 5_000_000;
const XML_BYTES = 100_000_000;
const NOTE_BYTES = 24;

/** A real FL project, the notes of one pattern grown until the file has 5 MB: half notes, half plug-in state. */
export function largeFlp(testdata: string): Uint8Array {
  const source = new Uint8Array(
    readFileSync(path.join(testdata, 'daw/flp_leftofzen/v20.6/SynthesisWave.flp')),
  );
  const { events } = readEvents(source);
  const at = events.findIndex(({ id, payload }) => id === 224 && payload.size >= NOTE_BYTES);
  const note = events[at]!.payload;
  const count = Math.floor((FLP_BYTES - source.length) / NOTE_BYTES);
  const notes = new Uint8Array(count * NOTE_BYTES);
  const view = new DataView(notes.buffer);
  const record = source.slice(note.start, note.start + NOTE_BYTES);
  for (let i = 0; i < count; i++) {
    notes.set(record, i * NOTE_BYTES);
    view.setUint32(i * NOTE_BYTES, i * 6, true);
    view.setUint16(i * NOTE_BYTES + 12, 36 + (i % 60), true);
  }
  const size = [];
  for (let rest = notes.length; rest > 0; rest >>= 7) size.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  const head = source.subarray(0, events[at]!.offset);
  const tail = source.subarray(note.start + note.size);
  const file = new Uint8Array(head.length + 1 + size.length + notes.length + tail.length);
  file.set(head);
  file.set([224, ...size], head.length);
  file.set(notes, head.length + 1 + size.length);
  file.set(tail, head.length + 1 + size.length + notes.length);
  new DataView(file.buffer).setUint32(18, file.length - 22, true);
  return file;
}

/** 100 MB of XML: a real Live set whose tracks are there ten times over. */
export function largeAls(testdata: string): { readonly gzip: Uint8Array; readonly xmlBytes: number } {
  const xml = gunzipSync(
    readFileSync(path.join(testdata, 'daw/dawtool/tests/als/live9/live9-patch-2-0point.als')),
  ).toString('utf8');
  const start = xml.indexOf('<Tracks>') + '<Tracks>'.length;
  const end = xml.indexOf('</Tracks>', start);
  const tracks = xml.slice(start, end);
  const copies = Math.ceil(XML_BYTES / tracks.length);
  const large = xml.slice(0, start) + tracks.repeat(copies) + xml.slice(end);
  return { gzip: new Uint8Array(gzipSync(large, { level: 1 })), xmlBytes: large.length };
}

/** Paths of this many real MIDI files, some of them several times. */
export function midiFiles(testdata: string, count: number): string[] {
  const all = readdirSync(path.join(testdata, 'midi'), { recursive: true })
    .map((name) => path.join(testdata, 'midi', String(name)))
    .filter((name) => name.endsWith('.mid'));
  return Array.from({ length: count }, (_, i) => all[i % all.length]!);
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
