/**
 * The whole pipeline under Node, for accuracy work: the code of the browser with ONNX Runtime's native build.
 *
 *   npx tsx scripts/transcribe-node.ts --out results [--stems] [--notes basic-pitch] [--htdemucs file.onnx] [--feeds folder] song.wav ...
 *
 * --feeds writes what each network is fed, as <folder>/<model>/<case>-<run>.<input>.<shape>.f32 (training/common/int8.py reads it).
 * Writes <out>/<case>.zip; the case is the parent folder's name for .../<case>/mix.wav, else the file's own name.
 * Compressed files are decoded by ffmpeg.
 */
import { execFile } from 'node:child_process';
import { createWriteStream, mkdirSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { parseArgs, promisify } from 'node:util';
import { STEM_KINDS, type StemKind } from '$lib/core/transcription';
import { probeContainer } from '$lib/audio/decode/mediabunny';
import { exportZip } from '$lib/formats/zip/export-zip';
import { JobFiles } from '$lib/inference/files/job-files';
import { transcribeSong } from '$lib/inference/pipelines/transcribe-song/transcribe-song';
import type { PipelineEnv, Tensors } from '$lib/inference/pipelines/types';
import { SessionPool } from '$lib/inference/runtime/session-pool';
import { loadKeyExtractorInNode } from './node/essentia';
import { nodeFileArea } from './node/file-area';
import { nodeModels } from './node/models';
import { createNodeEngine } from './node/ort-engine';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'results' },
    stems: { type: 'boolean', default: false },
    notes: { type: 'string', default: 'auto' },
    htdemucs: { type: 'string' },
    feeds: { type: 'string' },
    threads: { type: 'string', default: '2' },
    verbose: { type: 'boolean', default: false },
  },
});

const models = nodeModels(values.htdemucs);
const modelSeconds = new Map<string, number>();
const pool = new SessionPool({
  engine: createNodeEngine(Number(values.threads)),
  loadModel: (modelId) => models.load(modelId),
  onNotice: (text) => console.warn(text),
});

const env: PipelineEnv = {
  async infer(modelId, feeds) {
    const started = performance.now();
    const result = await pool.run(modelId, feeds, 'wasm');
    if (values.feeds !== undefined) writeFeeds(path.join(values.feeds, modelId), feeds);
    modelSeconds.set(modelId, (modelSeconds.get(modelId) ?? 0) + (performance.now() - started) / 1000);
    return result;
  },
  model: (modelId) => models.entry(modelId),
  signal: new AbortController().signal,
  report: () => undefined,
};

let caseName = '';
let runs = 0;

function writeFeeds(folder: string, feeds: Tensors): void {
  mkdirSync(folder, { recursive: true });
  runs++;
  for (const [input, { data, dims }] of Object.entries(feeds))
    writeFileSync(path.join(folder, `${caseName}-${runs}.${input}.${dims.join('x')}.f32`), data);
}

async function ffmpegDecode(file: string): Promise<Float32Array<ArrayBuffer>[]> {
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    ['-v', 'error', '-i', file, '-f', 'f32le', '-ac', '2', '-ar', '44100', '-'],
    { encoding: 'buffer', maxBuffer: 2 ** 31 - 1 },
  );
  const samples = new Float32Array(Uint8Array.from(stdout).buffer);
  const channel = (offset: number): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: samples.length >> 1 }, (_, i) => samples[2 * i + offset]!);
  return [channel(0), channel(1)];
}

mkdirSync(values.out, { recursive: true });
const rows: unknown[] = [];
for (const file of positionals) {
  const parsed = path.parse(file);
  const name = parsed.base === 'mix.wav' ? path.basename(parsed.dir) : parsed.name;
  const work = path.join(os.tmpdir(), `loopmind-${process.pid}`);
  const files = new JobFiles(nodeFileArea(work), 'job');
  const started = performance.now();
  caseName = name;
  modelSeconds.clear();
  const transcription = await transcribeSong(
    {
      file: await openAsBlob(file),
      name: parsed.base,
      settings: {
        separationModel: values.htdemucs === undefined ? 'embedded' : 'htdemucs',
        noteModel: values.notes as 'auto' | 'notes' | 'basic-pitch',
      },
      files,
      decoders: {
        probe: probeContainer,
        decodeWhole: async () => ({ sampleRateHz: 44_100, channels: await ffmpegDecode(file) }),
        decodeBlocks: () => {
          throw new Error('Long compressed files need a browser: convert to WAV first.');
        },
      },
      loadKeyExtractor: loadKeyExtractorInNode,
      onProgress: () => undefined,
      onPartial: () => undefined,
      onNotice: (text) => console.warn(`${name}: ${text}`),
    },
    env,
  );
  const stems = new Map<StemKind, Blob>();
  for (const stem of values.stems ? STEM_KINDS : []) {
    const blob = await files.stemFileIfAny(stem);
    if (blob !== undefined) stems.set(stem, blob);
  }
  const zip = exportZip({ transcription, stems, pitchBends: false });
  await pipeline(
    Readable.fromWeb(zip as NodeReadableStream),
    createWriteStream(path.join(values.out, `${name}.zip`)),
  );
  rmSync(work, { recursive: true, force: true });
  const seconds = (performance.now() - started) / 1000;
  rows.push({ name, seconds, audioSeconds: transcription.source.durationSeconds, models: [...modelSeconds] });
  const tracks = transcription.tracks.map((track) => `${track.id}:${track.notes.length}`).join(' ');
  console.log(`${name} ${seconds.toFixed(1)} s  ${transcription.beats.bpm.toFixed(1)} bpm  ${tracks}`);
  if (values.verbose) {
    console.log(transcription.timings.map((t) => `${t.stage} ${t.seconds.toFixed(1)}`).join('  '));
    console.log([...modelSeconds].map(([id, s]) => `${id} ${s.toFixed(1)}`).join('  '));
  }
}
writeFileSync(path.join(values.out, 'timings.json'), JSON.stringify(rows, null, 1));
