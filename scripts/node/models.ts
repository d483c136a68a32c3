import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '$lib/core/errors';
import { parseManifest, type ModelEntry } from '$lib/inference/models/manifest';

const ROOT = path.join(import.meta.dirname, '..', '..', 'static', 'models');

/** The models in static/models, whether or not they are in the manifest yet; the user's HTDemucs beside them. */
export function nodeModels(htdemucsFile: string | undefined): {
  entry(modelId: string): ModelEntry | undefined;
  load(modelId: string): Promise<Uint8Array<ArrayBuffer>>;
} {
  const models: unknown[] = [];
  for (const { name: id } of readdirSync(ROOT, { withFileTypes: true }).filter((e) => e.isDirectory())) {
    for (const version of readdirSync(path.join(ROOT, id), { withFileTypes: true }).filter((e) =>
      e.isDirectory(),
    )) {
      const file = path.join(ROOT, id, version.name, 'entry.json');
      if (existsSync(file)) models.push(JSON.parse(readFileSync(file, 'utf8')));
    }
  }
  const { models: entries } = parseManifest({ schemaVersion: 1, models });
  const entry = (modelId: string): ModelEntry | undefined => entries.find((each) => each.id === modelId);
  return {
    entry,
    async load(modelId) {
      const found = entry(modelId);
      const file = modelId === 'htdemucs' ? htdemucsFile : found && path.join(ROOT, found.url);
      if (file === undefined) throw new AppError('model-unavailable', modelId);
      return Uint8Array.from(await readFile(file));
    },
  };
}
