/**
 * The app's own drum pipeline over evaluation cases, without a browser:
 *   npx tsx --tsconfig tsconfig.worker.json training/drums/evaluate-app.ts OUT.json mix=CASES mix=CASES_REAL stem=CASES
 * writes { "<input>/<case>": [[seconds, note, velocity], ...] }; `python training/drums/score_hits.py OUT.json CASES CASES_REAL` scores it.
 * Inputs: mix (mix.wav), stem (stems/drums.wav), both (the mean of the two).
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { memoryReader, type AudioReader } from '$lib/core/audio';
import type { ModelEntry } from '$lib/inference/models/manifest';
import type { PipelineEnv, Tensors } from '$lib/inference/pipelines/types';
import { transcribeDrums } from '$lib/inference/pipelines/transcribe-drums/pipeline';

const MODELS = path.join(import.meta.dirname, '..', '..', 'static', 'models');

/** 16-bit PCM WAV as the evaluation kit writes it. */
function readWav(file: string): AudioReader {
  const bytes = readFileSync(file);
  let at = 12;
  let channels = 1;
  let sampleRateHz = 44_100;
  while (at + 8 <= bytes.length) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    if (id === 'fmt ') {
      channels = bytes.readUInt16LE(at + 10);
      sampleRateHz = bytes.readUInt32LE(at + 12);
    }
    if (id === 'data') {
      const frames = Math.floor(Math.min(size, bytes.length - at - 8) / 2 / channels);
      const planes = Array.from({ length: channels }, (_, c) =>
        Float32Array.from({ length: frames }, (_, n) => bytes.readInt16LE(at + 8 + 2 * (n * channels + c)) / 32_768),
      );
      return memoryReader({ sampleRateHz, channels: planes });
    }
    at += 8 + size + (size & 1);
  }
  throw new Error(`${file}: no data chunk`);
}

const [out, ...jobs] = process.argv.slice(2);
if (out === undefined) throw new Error('usage: evaluate-app.ts OUT.json mix=CASES ...');
const version = readdirSync(path.join(MODELS, 'drums')).sort().at(-1)!;
const folder = path.join(MODELS, 'drums', version);
const entry = JSON.parse(readFileSync(path.join(folder, 'entry.json'), 'utf8')) as ModelEntry;
const session = await InferenceSession.create(path.join(folder, 'model.onnx'), { intraOpNumThreads: 1 });

const env: PipelineEnv = {
  async infer(_id, feeds): Promise<Tensors> {
    const given = Object.entries(feeds).map(([name, t]) => [name, new Tensor('float32', t.data, [...t.dims])] as const);
    const answer = await session.run(Object.fromEntries(given));
    return Object.fromEntries(
      Object.entries(answer).map(([name, t]) => [name, { data: Float32Array.from(t.data as Float32Array), dims: t.dims }]),
    );
  },
  model: () => entry,
  signal: new AbortController().signal,
  report: () => undefined,
};

const hits: Record<string, number[][]> = {};
let audioSeconds = 0;
const began = performance.now();
for (const job of jobs) {
  const [input, cases] = job.split('=') as [string, string];
  for (const name of readdirSync(cases)) {
    const mix = path.join(cases, name, 'mix.wav');
    const stem = path.join(cases, name, 'stems', 'drums.wav');
    const files = { mix: [mix], stem: [stem], both: [mix, stem] }[input] ?? [];
    if (files.length === 0 || !files.every((file) => existsSync(file))) continue;
    const sources = files.map(readWav);
    const { notes } = await transcribeDrums.run({ sources }, env);
    hits[`${input}/${name}`] = notes.map((note) => [note.startSeconds, note.pitch, note.velocity]);
    audioSeconds += sources.reduce((sum, source) => sum + source.lengthSamples / source.sampleRateHz, 0);
  }
}
writeFileSync(out, JSON.stringify(hits));
const seconds = (performance.now() - began) / 1000;
console.warn(`drums ${version}: ${audioSeconds.toFixed(0)} s of audio, real-time factor ${(seconds / audioSeconds).toFixed(4)}`);
