/**
 * Separates and refines every case of a folder (`<case>/mix.wav`, `<case>/stems/<stem>.wav`) with the app's own pipeline on
 * onnxruntime-node, prints the SDR of each stem and, with --out, writes the stems as 32-bit float WAV.
 *
 *     npx tsx training/split/evaluate.ts CASES [--out FOLDER] [--without refine|repeats|instruments] [--blend 0.7] [--skip-scores]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { sumReader } from '$lib/audio/dsp/mix-reader';
import { memoryReader, type AudioReader, type PlanarAudio } from '$lib/core/audio';
import { STEM_KINDS, type StemKind } from '$lib/core/transcription';
import type { ModelEntry } from '$lib/inference/models/manifest';
import { refineStems } from '$lib/inference/pipelines/refine-stems/pipeline';
import { scoreNotes } from '$lib/inference/pipelines/refine-stems/score-notes';
import { repeatsOutput } from '$lib/inference/pipelines/repeated-sounds/output';
import { separatePipeline } from '$lib/inference/pipelines/separate/pipeline';
import { groupNotes } from '$lib/inference/pipelines/transcribe-notes/groups';
import { transcribeDrums } from '$lib/inference/pipelines/transcribe-drums/pipeline';
import { notesParameters } from '$lib/inference/pipelines/transcribe-notes/parameters';
import { transcribeNotes } from '$lib/inference/pipelines/transcribe-notes/pipeline';
import type { PipelineEnv, Tensors } from '$lib/inference/pipelines/types';
import { collectingWriter } from '../../tests/helpers/collecting-writer';

const RATE_HZ = 44_100;
const models = path.join(import.meta.dirname, '..', '..', 'static', 'models');
const args = process.argv.slice(2);
const option = (name: string): string | undefined => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? undefined : args[at + 1];
};

function readAudio(file: string): PlanarAudio {
  const command = ['-v', 'error', '-i', file, '-ar', String(RATE_HZ), '-ac', '2', '-f', 'f32le', '-'];
  const bytes = execFileSync('ffmpeg', command, { maxBuffer: 2 ** 30 });
  const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const channel = (c: number): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: samples.length / 2 }, (_, n) => samples[2 * n + c]!);
  return { sampleRateHz: RATE_HZ, channels: [channel(0), channel(1)] };
}

function writeAudio(file: string, channels: readonly Float32Array[]): void {
  const frames = channels[0]!.length;
  const bytes = Buffer.alloc(44 + frames * 8);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + frames * 8, 4);
  bytes.write('WAVEfmt ', 8);
  [16].forEach((v) => bytes.writeUInt32LE(v, 16));
  bytes.writeUInt16LE(3, 20);
  bytes.writeUInt16LE(2, 22);
  bytes.writeUInt32LE(RATE_HZ, 24);
  bytes.writeUInt32LE(RATE_HZ * 8, 28);
  bytes.writeUInt16LE(8, 32);
  bytes.writeUInt16LE(32, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(frames * 8, 40);
  for (let n = 0; n < frames; n++) {
    bytes.writeFloatLE(channels[0]![n]!, 44 + n * 8);
    bytes.writeFloatLE(channels[1]![n]!, 48 + n * 8);
  }
  writeFileSync(file, bytes);
}

/** Of the mono sums, as the evaluation kit does. */
function sdr(truth: PlanarAudio, estimate: readonly Float32Array[]): number | undefined {
  const [left, right] = truth.channels;
  let signal = 0;
  let error = 0;
  for (let n = 0; n < left!.length; n++) {
    const s = (left![n]! + right![n]!) / 2;
    signal += s * s;
    error += (s - ((estimate[0]![n] ?? 0) + (estimate[1]![n] ?? 0)) / 2) ** 2;
  }
  return signal / left!.length < 1e-7 ? undefined : 10 * Math.log10(signal / Math.max(1e-12, error));
}

const entries = new Map<string, ModelEntry>();
for (const id of ['spleeter-2stems', 'split', 'drums', 'notes', 'instruments', 'refine']) {
  const newest = readdirSync(path.join(models, id)).sort().at(-1) ?? '';
  const file = path.join(models, id, newest, 'entry.json');
  if (existsSync(file) && option('without') !== id) {
    const entry = JSON.parse(readFileSync(file, 'utf8')) as ModelEntry;
    const blend = option('blend');
    if (id === 'split' && blend !== undefined) entry.parameters.blend = Number(blend);
    entries.set(id, entry);
  }
}
const sessions = new Map<string, ort.InferenceSession>();
let networkSeconds = 0;

const env: PipelineEnv = {
  async infer(modelId: string, feeds: Tensors): Promise<Tensors> {
    const known = sessions.get(modelId);
    const session =
      known ??
      (await ort.InferenceSession.create(path.join(models, entries.get(modelId)!.url), {
        intraOpNumThreads: 1,
      }));
    sessions.set(modelId, session);
    const start = performance.now();
    const named = Object.entries(feeds).map(([k, t]) => [k, new ort.Tensor('float32', t.data, t.dims)]);
    const results = await session.run(Object.fromEntries(named));
    networkSeconds += (performance.now() - start) / 1000;
    return Object.fromEntries(
      Object.entries(results).map(([k, t]) => [
        k,
        { data: t.data as Float32Array<ArrayBuffer>, dims: t.dims },
      ]),
    );
  },
  model: (id) => entries.get(id),
  signal: new AbortController().signal,
  report: () => undefined,
};

type Stems = Record<StemKind, AudioReader>;

/** Drums, bass and other once their strokes and notes are known, as the app does it. */
async function refined(mix: AudioReader, stems: Stems): Promise<Stems> {
  const rough = { drums: stems.drums, bass: stems.bass, other: stems.other };
  const heard = await transcribeNotes.run({ audio: sumReader(Object.values(rough)) }, env);
  const notes = scoreNotes(groupNotes(heard, notesParameters(entries.get('notes'))));
  const writers = { drums: collectingWriter(), bass: collectingWriter(), other: collectingWriter() };
  const { notes: strokes } = await transcribeDrums.run({ mix, drums: stems.drums }, env);
  const score = { notes, strokes };
  const { lengthSamples } = stems.other;
  const output =
    option('without') === 'repeats' ? writers : repeatsOutput({ score, lengthSamples, writers }, env);
  await refineStems.run({ stems: rough, score, writers: output }, env);
  return {
    ...stems,
    drums: writers.drums.reader(),
    bass: writers.bass.reader(),
    other: writers.other.reader(),
  };
}

const folder = args[0]!;
const out = option('out');
const sums = new Map<StemKind, number[]>();
let audioSeconds = 0;
let wallSeconds = 0;
for (const name of readdirSync(folder).sort()) {
  const mix = path.join(folder, name, 'mix.wav');
  if (!existsSync(mix)) continue;
  const audio = readAudio(mix);
  const writers = {
    drums: collectingWriter(),
    bass: collectingWriter(),
    vocals: collectingWriter(),
    other: collectingWriter(),
  };
  const start = performance.now();
  const { voice } = await separatePipeline.run({ source: memoryReader(audio), writers }, env);
  let stems: Stems = {
    drums: writers.drums.reader(),
    bass: writers.bass.reader(),
    vocals: writers.vocals.reader(),
    other: writers.other.reader(),
  };
  if (entries.has('refine')) stems = await refined(memoryReader(audio), stems);
  wallSeconds += (performance.now() - start) / 1000;
  audioSeconds += audio.channels[0]!.length / RATE_HZ;
  const row: string[] = [];
  for (const stem of STEM_KINDS) {
    const { channels } = await stems[stem].read(0, stems[stem].lengthSamples);
    if (out !== undefined) {
      mkdirSync(path.join(out, name), { recursive: true });
      writeAudio(path.join(out, name, `${stem}.wav`), channels);
    }
    const truth = path.join(folder, name, 'stems', `${stem}.wav`);
    if (!existsSync(truth)) continue;
    const value = sdr(readAudio(truth), channels);
    if (value === undefined) continue;
    sums.set(stem, [...(sums.get(stem) ?? []), value]);
    row.push(`${stem} ${value.toFixed(2)}`);
  }
  console.log(name, voice ? 'voice' : 'instrumental', row.join('  '));
}
for (const [stem, values] of sums) {
  console.log(stem, (values.reduce((a, b) => a + b, 0) / values.length).toFixed(2), `dB over ${values.length}`);
}
console.log(
  `real-time factor ${(wallSeconds / audioSeconds).toFixed(3)}, networks ${(networkSeconds / audioSeconds).toFixed(3)}`,
);
