/**
 * npx tsx scripts/bench-formats.ts [--write] [--no-build]
 * How fast the readers are in the app's worker in Chromium, under Node and beside Python's, in one run: a 5 MB FLP (PyFLP), 1,000 MIDI
 * files (pretty_midi), 100 MB of Live XML (ElementTree, which only counts the notes). Real files come from LOOPMIND_TESTDATA; PYTHON
 * names the interpreter (training/.venv by default). --write puts the table into docs/formats/speed.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { alsReader } from '../src/lib/formats/als/als-reader';
import { readFlp } from '../src/lib/formats/flp/flp-reader';
import { readMidi } from '../src/lib/formats/midi/midi-reader';
import { largeAls, largeFlp, median, midiFiles } from './formats/bench-inputs';
import { ensureBrowser } from './lib/browser.mjs';

const testdata = path.resolve(process.env.LOOPMIND_TESTDATA ?? '../shared/testdata');
const python = process.env.PYTHON ?? 'training/.venv/bin/python';
const MIDI_FILES = 1000;
const RUNS = 7;
const NODE_HEAP_SAMPLE_MS = 10;

/** Milliseconds of processor time (user and system): what else the machine does would spoil the clock's. */
async function time(run: () => unknown): Promise<number> {
  const started = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

async function times(count: number, run: () => unknown): Promise<number> {
  const all = [];
  for (let i = 0; i < count; i++) all.push(await time(run));
  return median(all);
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

function readAllMidi(names: readonly string[]): void {
  for (const name of names) {
    try {
      readMidi(new Uint8Array(readFileSync(name)), 'x');
    } catch {
      // Counted by the worker's run, which reads the same files.
    }
  }
}

/** How far the heap rises above what it was, in bytes. */
async function heapGrowth(run: () => Promise<unknown>): Promise<number> {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const before = process.memoryUsage().heapUsed;
  let peak = before;
  const watch = setInterval(
    () => (peak = Math.max(peak, process.memoryUsage().heapUsed)),
    NODE_HEAP_SAMPLE_MS,
  );
  await run();
  clearInterval(watch);
  return peak - before;
}

if (!existsSync(testdata)) {
  console.error(`No test data at ${testdata} (LOOPMIND_TESTDATA).`);
  process.exit(1);
}
if (!process.argv.includes('--no-build')) {
  spawnSync('npx', ['vite', 'build', '--logLevel', 'error'], { stdio: 'inherit' });
}
process.env.CHROMIUM = (await ensureBrowser()) as string;
const { benchWorker } = await import('./formats/bench-worker');

const folder = mkdtempSync(path.join(os.tmpdir(), 'loopmind-'));
const flp = largeFlp(testdata);
const als = largeAls(testdata);
const files = {
  flp: path.join(folder, 'large.flp'),
  als: path.join(folder, 'large.als'),
  midi: midiFiles(testdata, MIDI_FILES),
};
writeFileSync(files.flp, flp);
writeFileSync(files.als, als.gzip);
const alsInput = [{ path: 'large.als', blob: new Blob([new Uint8Array(als.gzip)]) }];

// First: what ran before would leave the collector a larger heap to fill before it bothers.
const alsHeapBytes = await heapGrowth(() => alsReader.read(alsInput, alsInput));
const worker = await benchWorker({ ...files, runs: RUNS });
const flpMs = await times(RUNS, () => readFlp(flp, 'large'));
const midiSeconds = (await times(3, () => readAllMidi(files.midi))) / 1000;
const alsSeconds = (await times(3, () => alsReader.read(alsInput, alsInput))) / 1000;
const pyflp = pythonJson('flp', '3', files.flp);
const prettyMidi = pythonJson('midi', ...files.midi);
const elementTree = pythonJson('als', files.als);
rmSync(folder, { recursive: true });

const mega = (bytes: number): string => (bytes / 1e6).toFixed(0);
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
const rows = [
  [
    `FLP, ${(flp.length / 1e6).toFixed(1)} MB`,
    `${worker.flp.cpuMilliseconds.toFixed(0)} ms (first ${worker.firstFlp.cpuMilliseconds.toFixed(0)} ms)`,
    `${worker.flp.milliseconds.toFixed(0)} ms`,
    `${flpMs.toFixed(0)} ms`,
    pyflp === undefined ? '–' : `PyFLP ${pyflp.milliseconds!.toFixed(0)} ms`,
    '150 ms',
  ],
  [
    `MIDI, ${MIDI_FILES} files`,
    `${seconds(worker.midi.cpuMilliseconds)} (${worker.midi.unread} unread)`,
    seconds(worker.midi.milliseconds),
    `${midiSeconds.toFixed(2)} s`,
    prettyMidi === undefined
      ? '–'
      : `pretty_midi ${prettyMidi.seconds!.toFixed(2)} s (${prettyMidi.failed} unread)`,
    '4 s',
  ],
  [
    `ALS, ${mega(als.xmlBytes)} MB of XML, ${worker.als.tracks} tracks`,
    `${seconds(worker.als.cpuMilliseconds)}, heap + ${mega(worker.als.heapBytes)} MB`,
    seconds(worker.als.milliseconds),
    `${alsSeconds.toFixed(2)} s, heap + ${mega(alsHeapBytes)} MB`,
    elementTree === undefined ? '–' : `ElementTree ${elementTree.seconds!.toFixed(2)} s`,
    '6 s, 200 MB',
  ],
];

const table = [
  '| Input | Worker in the browser | the same by the clock | Node | Python | Limit |',
  '| --- | --- | --- | --- | --- | --- |',
  ...rows.map((row) => `| ${row.join(' | ')} |`),
].join('\n');
console.log(table);
if (process.argv.includes('--write')) {
  const text = `# Speed of the readers

\`npm run bench:formats -- --write\`: ${worker.browser}, Node ${process.version}, ${os.cpus().length} × ${os.cpus()[0]?.model ?? 'CPU'}. All columns come from one run; medians.

Processor time (what else the machine does spoils the clock's): of the whole tab for the worker, which is the built one of the site, asked as
the page asks it, copies to the page included; of the whole process for Node, garbage collection and compilation on other threads
included. The clock runs from handing over the file to having the project in the page. The worker's heap is sampled every 20 ms through the
browser's debugger.

${table}
`;
  writeFileSync('docs/formats/speed.md', text);
  spawnSync('npx', ['prettier', '--write', '--log-level', 'warn', 'docs/formats/speed.md']);
}
