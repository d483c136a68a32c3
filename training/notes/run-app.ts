/**
 * Runs the app's own notes pipeline (features, chunking, decoder, instruments) with native ONNX Runtime on case folders:
 *   npx tsx --tsconfig tsconfig.worker.json training/notes/run-app.ts OUT.json FOLDER [FOLDER ...]
 * MODEL=basic-pitch runs that pipeline instead (one piano track), VERSION=... another version, THREADS=n more threads.
 * The answer is { case folder: { seconds, featureSeconds, groups } }; training/notes/score_app.py scores it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { memoryReader, type PlanarAudio } from '../../src/lib/core/audio';
import type { NoteEvent } from '../../src/lib/core/notes';
import type { ModelEntry } from '../../src/lib/inference/models/manifest';
import { groupNotes } from '../../src/lib/inference/pipelines/transcribe-notes/groups';
import { notesParameters } from '../../src/lib/inference/pipelines/transcribe-notes/parameters';
import { basicPitch } from '../../src/lib/inference/pipelines/basic-pitch/pipeline';
import { transcribeNotes } from '../../src/lib/inference/pipelines/transcribe-notes/pipeline';
import type { PipelineEnv, Tensor } from '../../src/lib/inference/pipelines/types';
import { nodeEnv } from '../../tests/helpers/node-env';

/** 16-bit PCM WAV, as the evaluation folders have it. */
function readWav(file: string): PlanarAudio {
  const bytes = readFileSync(file);
  const channels = bytes.readUInt16LE(22);
  const at = bytes.indexOf('data') + 8;
  const frames = Math.floor(Math.min(bytes.readUInt32LE(at - 4), bytes.length - at) / (2 * channels));
  return {
    sampleRateHz: bytes.readUInt32LE(24),
    channels: Array.from({ length: channels }, (_, c) =>
      Float32Array.from({ length: frames }, (_, n) => bytes.readInt16LE(at + 2 * (n * channels + c)) / 32768),
    ),
  };
}

const [out, ...folders] = process.argv.slice(2);
const models = path.join(import.meta.dirname, '../../static/models');
const model = process.env.MODEL ?? 'notes';
const versions = readdirSync(path.join(models, model)).sort();
const entry = JSON.parse(
  readFileSync(path.join(models, model, process.env.VERSION ?? versions.at(-1)!, 'entry.json'), 'utf8'),
) as ModelEntry;
const session = await InferenceSession.create(path.join(models, entry.url), {
  intraOpNumThreads: Number(process.env.THREADS ?? 1),
});
const others = nodeEnv();
const env: PipelineEnv = {
  async infer(id, feeds) {
    if (id !== model) return others.infer(id, feeds);
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, t]) => [name, new OrtTensor('float32', t.data, [...t.dims])]),
    );
    const result = await session.run(inputs);
    return Object.fromEntries(
      Object.entries(result).map(([name, t]): [string, Tensor] => [
        name,
        { data: t.data as Float32Array<ArrayBuffer>, dims: t.dims },
      ]),
    );
  },
  model: (id) => (id === model ? entry : others.model(id)),
  signal: new AbortController().signal,
  report: () => undefined,
};

type Heard = { readonly groups: readonly { program: number; notes: readonly NoteEvent[] }[]; readonly ran: number };

async function hearNotes(audio: PlanarAudio): Promise<Heard> {
  const activations = await transcribeNotes.run({ audio: memoryReader(audio) }, env);
  const ran = performance.now();
  return { groups: groupNotes(activations, notesParameters(entry)), ran };
}

async function hearBasicPitch(audio: PlanarAudio): Promise<Heard> {
  const { notes } = await basicPitch.run({ audio: memoryReader(audio) }, env);
  return { groups: [{ program: 0, notes }], ran: performance.now() };
}

const answers: Record<string, unknown> = {};
for (const folder of folders) {
  for (const name of readdirSync(folder).sort()) {
    const mix = path.join(folder, name, 'mix.wav');
    if (!existsSync(mix)) continue;
    const truth = JSON.parse(readFileSync(path.join(folder, name, 'truth.json'), 'utf8')) as { notes?: unknown[] };
    if (!truth.notes?.length) continue;
    const audio = readWav(mix);
    const started = performance.now();
    const { groups, ran } = await (model === 'notes' ? hearNotes(audio) : hearBasicPitch(audio));
    answers[path.join(folder, name)] = {
      audioSeconds: audio.channels[0]!.length / audio.sampleRateHz,
      runSeconds: (ran - started) / 1000,
      decodeSeconds: (performance.now() - ran) / 1000,
      groups,
    };
  }
}
writeFileSync(out!, JSON.stringify(answers));
