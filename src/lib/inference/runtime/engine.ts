import type { Tensors } from '../pipelines/types';
import type { Backend } from './capabilities';

export interface ValueShape {
  readonly name: string;
  /** Symbolic dimensions by name. */
  readonly shape: readonly (number | string)[];
}

/** One loaded network. Never run twice at a time: the WebGPU build hangs for ever. */
export interface EngineSession {
  readonly inputs: readonly ValueShape[];
  readonly outputs: readonly ValueShape[];
  run(feeds: Tensors): Promise<Tensors>;
  release(): Promise<void>;
}

/** What runs networks: ONNX Runtime in the browser or under Node, a fake in tests. */
export interface Engine {
  createSession(model: Uint8Array<ArrayBuffer>, backend: Backend): Promise<EngineSession>;
}
