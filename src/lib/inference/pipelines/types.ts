import type { ReportProgress } from '$lib/core/progress';
import type { ModelEntry } from '../models/manifest';

export interface Tensor {
  readonly data: Float32Array<ArrayBuffer>;
  readonly dims: readonly number[];
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** What a pipeline may ask of the outside: the session is an argument, so a test hands in a fake one. */
export interface PipelineEnv {
  /** Runs a model of the manifest. Rejects with AppError; input buffers stay valid. */
  infer(modelId: string, feeds: Tensors): Promise<Tensors>;
  /** The manifest entry, thresholds in `parameters`; undefined where the model is not installed. */
  model(modelId: string): ModelEntry | undefined;
  /** Checked between chunks with `signal.throwIfAborted()`. */
  readonly signal: AbortSignal;
  readonly report: ReportProgress;
}

export interface Pipeline<Input, Output> {
  readonly id: string;
  /** Ids of the models `run` asks for. */
  readonly models: readonly string[];
  run(input: Input, env: PipelineEnv): Promise<Output>;
}
