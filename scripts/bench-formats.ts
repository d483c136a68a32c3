/**
 * npx tsx scripts/bench-formats.ts [--write]
 * How fast the readers are beside Python's, in one run: a 5 MB FLP (PyFLP), 1,000 MIDI files (pretty_midi), 100 MB of Live XML
 * (ElementTree, which only counts the notes). NODE_OPTIONS=--expose-gc makes the heap figure exact. Real files
 * come from LOOPMIND_TESTDATA; PYTHON names the interpreter (training/.venv by default). --write puts the table into
 * docs/formats/speed.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { alsReader } from '../src/lib/formats/als/als-reader';
import { readFlp } from '../src/lib/formats/flp/flp-reader';
import { readEvents } from '../src/lib/formats/flp/events';
import { readMidi } from '../src/lib/formats/midi/midi-reader';

const testdata = path.resolve(process.env.LOOPMIND_TESTDATA ?? '../shared/testdata');
const python = process.env.PYTHON ?? 'training/.venv/bin/python';
const FLP_BYTES = 5_000_000;
const XML_BYTES = 100_000_000;
const MIDI_FILES = 1000;
const RUNS = 7;
const NOTE_BYTES = 24;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Milliseconds of processor time (user and system): what else the machine does would spoil the clock's. */
function time(run: () => void): number {
  const started = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

function pythonJson(...args: readonly string[]): Record<string, number> | undefined {
  if (!existsSync(python)) return undefined;
  const run = spawnSync(python, ['training/formats/bench_readers.py', ...args], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (run.status !== 0) console.error(run.stderr.trim().split('\n').at(-1));
  return run.status === 0 ? (JSON.parse(run.stdout) as Record<string, number>) : undefined;
}

/** A real project, its last pattern's notes grown until the file has 5 MB: half notes, half plug-in state. */
function largeFlp(): Uint8Array {
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

function midiFiles(): string[] {
  const all = readdirSync(path.join(testdata, 'midi'), { recursive: true })
    .map((name) => path.join(testdata, 'midi', String(name)))
    .filter((name) => name.endsWith('.mid'));
  return Array.from({ length: MIDI_FILES }, (_, i) => all[i % all.length]!);
}

if (!existsSync(testdata)) {
  console.error(`No test data at ${testdata} (LOOPMIND_TESTDATA).`);
  process.exit(1);
}

const rows: string[][] = [];

const flp = largeFlp();
const flpName = path.join(mkdtempSync(path.join(os.tmpdir(), 'loopmind-')), 'large.flp');
writeFileSync(flpName, flp);
const first = time(() => readFlp(flp, 'large'));
const flpMs = median(Array.from({ length: RUNS }, () => time(() => readFlp(flp, 'large'))));
const pyflp = pythonJson('flp', '3', flpName);
rows.push([
  `FLP, ${(flp.length / 1e6).toFixed(1)} MB`,
  `${flpMs.toFixed(0)} ms (first ${first.toFixed(0)} ms)`,
  pyflp === undefined ? '–' : `PyFLP ${pyflp.milliseconds!.toFixed(0)} ms`,
  '150 ms',
]);

const names = midiFiles();
let unread = 0;
const midiSeconds =
  median(
    Array.from({ length: 3 }, () =>
      time(() => {
        unread = 0;
        for (const name of names) {
          try {
            readMidi(new Uint8Array(readFileSync(name)), 'x');
          } catch {
            unread++;
          }
        }
      }),
    ),
  ) / 1000;
const prettyMidi = pythonJson('midi', ...names);
rows.push([
  `MIDI, ${MIDI_FILES} files`,
  `${midiSeconds.toFixed(2)} s (${unread} unread)`,
  prettyMidi === undefined
    ? '–'
    : `pretty_midi ${prettyMidi.seconds!.toFixed(2)} s (${prettyMidi.failed} unread)`,
  '4 s',
]);

/** 100 MB of XML: a real Live set whose tracks are there ten times over. */
function largeAls(): { blob: Blob; xmlBytes: number } {
  const xml = gunzipSync(
    readFileSync(path.join(testdata, 'daw/dawtool/tests/als/live9/live9-patch-2-0point.als')),
  ).toString('utf8');
  const start = xml.indexOf('<Tracks>') + '<Tracks>'.length;
  const end = xml.indexOf('</Tracks>', start);
  const tracks = xml.slice(start, end);
  const copies = Math.ceil(XML_BYTES / tracks.length);
  const large = xml.slice(0, start) + tracks.repeat(copies) + xml.slice(end);
  return { blob: new Blob([new Uint8Array(gzipSync(large, { level: 1 }))]), xmlBytes: large.length };
}

const als = largeAls();
writeFileSync(flpName.replace('.flp', '.als'), Buffer.from(await als.blob.arrayBuffer()));
global.gc?.();
const heapBefore = process.memoryUsage().heapUsed;
let heapPeak = heapBefore;
const watch = setInterval(() => (heapPeak = Math.max(heapPeak, process.memoryUsage().heapUsed)), 10);
const alsStarted = process.cpuUsage();
const input = [{ path: 'large.als', blob: als.blob }];
const { project: liveSet } = await alsReader.read(input, input);
const alsUsed = process.cpuUsage(alsStarted);
clearInterval(watch);
const alsPython = pythonJson('als', flpName.replace('.flp', '.als'));
rows.push([
  `ALS, ${(als.xmlBytes / 1e6).toFixed(0)} MB of XML, ${liveSet.tracks.length} tracks`,
  `${((alsUsed.user + alsUsed.system) / 1e6).toFixed(2)} s, heap + ${((heapPeak - heapBefore) / 1e6).toFixed(0)} MB`,
  alsPython === undefined ? '–' : `ElementTree ${alsPython.seconds!.toFixed(2)} s`,
  '6 s, 200 MB',
]);

const table = [
  '| Input | LoopMind (median) | Python, same run | Limit |',
  '| --- | --- | --- | --- |',
  ...rows.map((row) => `| ${row.join(' | ')} |`),
].join('\n');
console.log(table);
if (process.argv.includes('--write')) {
  const text = `# Speed of the readers\n\n\`npx tsx scripts/bench-formats.ts --write\`, Node ${process.version}, ${os.cpus().length} × ${os.cpus()[0]?.model ?? 'CPU'}.\n\nProcessor time, garbage collection and compilation on other threads included.\n\n${table}\n`;
  writeFileSync('docs/formats/speed.md', text);
}
