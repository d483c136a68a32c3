import { AppError } from '$lib/core/errors';
import { parseManifest, type ModelEntry, type ModelManifest } from './manifest';

/** The models this build of the app can use. */
export class ModelRegistry {
  readonly entries: readonly ModelEntry[];

  constructor(manifest: ModelManifest) {
    this.entries = manifest.models;
  }

  byId(modelId: string): ModelEntry | undefined {
    return this.entries.find((entry) => entry.id === modelId);
  }

  /** The first of the task, in the order of the manifest. */
  byTask(task: string): ModelEntry | undefined {
    return this.entries.find((entry) => entry.task === task);
  }
}

/** Rejects with AppError 'model-unavailable' where the manifest cannot be fetched or is not one. */
export async function loadRegistry(
  manifestUrl: string,
  fetchFile: typeof fetch = fetch,
): Promise<ModelRegistry> {
  try {
    const response = await fetchFile(manifestUrl);
    if (!response.ok) throw new Error(`${manifestUrl}: ${response.status}`);
    return new ModelRegistry(parseManifest(await response.json()));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new AppError('model-unavailable', detail, { cause: error });
  }
}
