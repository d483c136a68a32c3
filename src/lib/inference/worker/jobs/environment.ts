import type { ReportProgress } from '$lib/core/progress';
import { HTDEMUCS_MODEL_ID } from '../../pipelines/separate/htdemucs-contract';
import type { PipelineEnv } from '../../pipelines/types';
import type { Services } from '../services';
import { yieldToMessages } from '../yield';

export interface EnvironmentOptions {
  readonly backend: 'auto' | 'webgpu' | 'wasm';
  readonly signal: AbortSignal;
  readonly report: ReportProgress;
}

/** What the pipelines see of this worker. */
export async function createEnvironment(
  services: Services,
  options: EnvironmentOptions,
): Promise<PipelineEnv> {
  const { signal, report } = options;
  const registry = await services.registry();
  const backend = await services.backend(options.backend);
  const userModel = await services.userModel();
  const pool = services.pool();
  return {
    async infer(modelId, feeds) {
      await yieldToMessages();
      signal.throwIfAborted();
      const stopListening = services.onLoad((load) => {
        report({
          phase: 'load-model',
          done: load.doneBytes,
          total: load.entry.bytes,
          detail: load.entry.name,
        });
      });
      try {
        return await pool.run(modelId, feeds, backend);
      } finally {
        stopListening();
      }
    },
    model: (modelId) => (modelId === HTDEMUCS_MODEL_ID ? userModel : registry.byId(modelId)),
    signal,
    report,
  };
}
