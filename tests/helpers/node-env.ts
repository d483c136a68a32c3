import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ort from 'onnxruntime-node';
import { entryFor, parseManifest, type ModelEntry } from '../../src/lib/inference/models/manifest';
import type { PipelineEnv, Tensors } from '../../src/lib/inference/pipelines/types';

const MODELS_FOLDER = resolve(import.meta.dirname, '../../static/models');

/** Every entry.json under static/models, so that a pipeline can run without the built manifest. */
function installedModels(): ModelEntry[] {
  const entries: unknown[] = [];
  for (const id of readdirSync(MODELS_FOLDER, { withFileTypes: true })) {
    if (!id.isDirectory()) continue;
    for (const version of readdirSync(join(MODELS_FOLDER, id.name))) {
      const path = join(MODELS_FOLDER, id.name, version, 'entry.json');
      if (existsSync(path)) entries.push(JSON.parse(readFileSync(path, 'utf8')));
    }
  }
  return parseManifest({ schemaVersion: 1, models: entries }).models;
}

/**
 * What a pipeline needs, on native onnxruntime: for golden tests and evaluation outside of a browser. The models are in their form for
 * WebGPU, which native processors run as it was trained; `form` 'wasm' asks for the integers.
 */
export function nodeEnv(without: readonly string[] = [], form: 'webgpu' | 'wasm' = 'webgpu'): PipelineEnv {
  const models = new Map(installedModels().map((entry) => [entry.id, entryFor(entry, form)]));
  for (const id of without) models.delete(id);
  const sessions = new Map<string, Promise<ort.InferenceSession>>();
  return {
    model: (id) => models.get(id),
    signal: new AbortController().signal,
    report: () => undefined,
    async infer(id, feeds): Promise<Tensors> {
      const entry = models.get(id);
      if (entry === undefined) throw new Error(`No model ${id} under static/models.`);
      let session = sessions.get(id);
      if (session === undefined) {
        session = ort.InferenceSession.create(join(MODELS_FOLDER, entry.url), {
          intraOpNumThreads: 1,
          logSeverityLevel: 3,
        });
        sessions.set(id, session);
      }
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, { data, dims }]) => [
          name,
          new ort.Tensor('float32', data, [...dims]),
        ]),
      );
      const outputs = await (await session).run(inputs);
      return Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [
          name,
          { data: Float32Array.from(tensor.data as Float32Array), dims: tensor.dims },
        ]),
      );
    },
  };
}
