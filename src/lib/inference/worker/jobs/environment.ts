import { entryFor } from '../../models/manifest';
import { HTDEMUCS_MODEL_ID } from '../../pipelines/separate/htdemucs-contract';
import type { PipelineEnv } from '../../pipelines/types';
import type { Services } from '../services';
import { yieldToMessages } from '../yield';

export interface EnvironmentOptions {
  readonly backend: 'auto' | 'webgpu' | 'wasm';
  readonly signal: AbortSignal;
}

/** What the pipelines see of this worker. */
export async function createEnvironment(
  services: Services,
  options: EnvironmentOptions,
): Promise<PipelineEnv> {
  const { signal } = options;
  const registry = await services.registry();
  const backend = await services.backend(options.backend);
  const userModel = await services.userModel();
  const pool = services.pool();
  return {
    async infer(modelId, feeds) {
      await yieldToMessages();
      signal.throwIfAborted();
      return pool.run(modelId, feeds, backend);
    },
    model(modelId) {
      if (modelId === HTDEMUCS_MODEL_ID) return userModel;
      const entry = registry.byId(modelId);
      return entry && entryFor(entry, backend);
    },
    signal,
    report: () => undefined,
  };
}
