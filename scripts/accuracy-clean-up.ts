/**
 * Whether cleaning up by itself would help: note F-measures of rendered MIDI files as heard, and after `cleanUpNotes` at
 * several strengths.
 *
 *   npx tsx scripts/accuracy-clean-up.ts song.mid ...
 *
 * Renders the first 30 s of each file with fluidsynth and FluidR3_GM.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, openAsBlob, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tone from '@tonejs/midi';
import { cleanUpNotes } from '$lib/core/alignment';
import type { Transcription } from '$lib/core/transcription';
import { JobFiles } from '$lib/inference/files/job-files';
import { transcribeSong } from '$lib/inference/pipelines/transcribe-song/transcribe-song';
import type { PipelineEnv } from '$lib/inference/pipelines/types';
import { SessionPool } from '$lib/inference/runtime/session-pool';
import { noteF1, type TruthNote } from '../tests/helpers/note-scores';
import { nodeFileArea } from './node/file-area';
import { nodeModels } from './node/models';
import { createNodeEngine } from './node/ort-engine';

const EXCERPT_SECONDS = 30;
const SOUNDFONT = '/usr/share/sounds/sf2/FluidR3_GM.sf2';
const STRENGTHS = [0, 0.25, 0.5, 1];

const models = nodeModels(undefined);
const pool = new SessionPool({
  engine: createNodeEngine(2),
  loadModel: (modelId) => models.load(modelId),
  onNotice: (text) => console.warn(text),
});
const env: PipelineEnv = {
  infer: (modelId, feeds) => pool.run(modelId, feeds, 'wasm'),
  model: (modelId) => models.entry(modelId),
  signal: new AbortController().signal,
  report: () => undefined,
};

/** Renders an excerpt; returns its pitched notes. */
function render(midiPath: string, wavPath: string): TruthNote[] {
  const source = new tone.Midi(readFileSync(midiPath));
  const firstSeconds = Math.min(...source.tracks.flatMap(({ notes }) => notes.map(({ time }) => time)));
  const excerpt = new tone.Midi();
  const truth: TruthNote[] = [];
  for (const track of source.tracks) {
    const copy = excerpt.addTrack();
    copy.channel = track.channel;
    copy.instrument.number = track.instrument.number;
    for (const { time, duration, midi, velocity } of track.notes) {
      const start = time - firstSeconds;
      if (start >= EXCERPT_SECONDS - 1) continue;
      copy.addNote({ time: start, duration, midi, velocity });
      if (track.channel !== 9) truth.push({ start, end: start + duration, pitch: midi });
    }
  }
  writeFileSync(`${wavPath}.mid`, excerpt.toArray());
  const options = ['-ni', '-q', '-g', '0.5', '-r', '44100', '-F', wavPath, SOUNDFONT, `${wavPath}.mid`];
  execFileSync('fluidsynth', options, { stdio: 'ignore' });
  return truth;
}

async function transcribe(wavPath: string, work: string): Promise<Transcription> {
  return transcribeSong(
    {
      file: await openAsBlob(wavPath),
      name: path.basename(wavPath),
      settings: { separationModel: 'embedded', noteModel: 'auto' },
      files: new JobFiles(nodeFileArea(work), 'job'),
      decoders: {
        probe: () => Promise.resolve(undefined),
        decodeWhole: () => Promise.reject(new Error('a WAV needs no decoder')),
        decodeBlocks: () => {
          throw new Error('a WAV needs no decoder');
        },
      },
      onProgress: () => undefined,
      onPartial: () => undefined,
      onNotice: () => undefined,
    },
    env,
  );
}

/** Onset F-measure of all pitched tracks together, as heard and at each strength. */
function scores(song: Transcription, truth: readonly TruthNote[]): number[] {
  const pitched = song.tracks.filter(({ isDrum }) => !isDrum);
  const cleaned = STRENGTHS.map((strength) =>
    pitched.flatMap(({ notes, family }) =>
      cleanUpNotes(notes, { key: song.key, strength, singleLine: family === 'bass' || family === 'voice' }),
    ),
  );
  return [pitched.flatMap(({ notes }) => notes), ...cleaned].map((notes) => noteF1(truth, notes).onset);
}

const rows: number[][] = [];
const head = ['song', 'as heard', ...STRENGTHS.map((strength) => `strength ${strength}`)];
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
console.log(`${line(head)}\n${line(head.map(() => '---'))}`);
for (const midiPath of process.argv.slice(2)) {
  const work = mkdtempSync(path.join(os.tmpdir(), 'loopmind-clean-up-'));
  const wavPath = path.join(work, 'mix.wav');
  const truth = render(midiPath, wavPath);
  const row = scores(await transcribe(wavPath, work), truth);
  rmSync(work, { recursive: true, force: true });
  rows.push(row);
  console.log(line([path.parse(midiPath).name, ...row.map((value) => value.toFixed(4))]));
}
const mean = head.slice(1).map((_, i) => rows.reduce((sum, row) => sum + row[i]! / rows.length, 0));
console.log(line(['mean', ...mean.map((value) => value.toFixed(4))]));
