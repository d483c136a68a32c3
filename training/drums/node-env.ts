/** The app's pipelines under Node: onnxruntime-node as `env.infer`, models from static/models, WAV files as audio. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { memoryReader, type AudioReader, type PlanarAudio } from '$lib/core/audio';
import { encodePcm16, wavHeader16 } from '$lib/formats/wav/wav-writer';
import type { ModelEntry } from '$lib/inference/models/manifest';
import type { PipelineEnv, Tensors } from '$lib/inference/pipelines/types';

const MODELS = path.join(import.meta.dirname, '..', '..', 'static', 'models');

/** 16-bit PCM WAV as the evaluation kit writes it. */
export function readWav(file: string): AudioReader {
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

export function writeWav(file: string, audio: PlanarAudio): void {
  const header = wavHeader16(audio.sampleRateHz, audio.channels.length, audio.channels[0]?.length ?? 0);
  writeFileSync(file, Buffer.concat([header, encodePcm16(audio)]));
}

/** The newest version of a model in static/models, or undefined. */
function entryOf(id: string): ModelEntry | undefined {
  const folder = path.join(MODELS, id);
  try {
    const version = readdirSync(folder).sort().at(-1);
    return version === undefined
      ? undefined
      : (JSON.parse(readFileSync(path.join(folder, version, 'entry.json'), 'utf8')) as ModelEntry);
  } catch {
    return undefined;
  }
}

export function nodeEnv(): PipelineEnv {
  const sessions = new Map<string, Promise<InferenceSession>>();
  return {
    async infer(id, feeds): Promise<Tensors> {
      const session = sessions.get(id) ?? InferenceSession.create(path.join(MODELS, entryOf(id)!.url), { intraOpNumThreads: 1 });
      sessions.set(id, session);
      const given = Object.entries(feeds).map(([name, t]) => [name, new Tensor('float32', t.data, [...t.dims])] as const);
      const answer = await (await session).run(Object.fromEntries(given));
      return Object.fromEntries(
        Object.entries(answer).map(([name, t]) => [name, { data: Float32Array.from(t.data as Float32Array), dims: t.dims }]),
      );
    },
    model: entryOf,
    signal: new AbortController().signal,
    report: () => undefined,
  };
}
