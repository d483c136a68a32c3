import * as ort from 'onnxruntime-web/webgpu';
// Named here so that the bundler emits exactly these two files; the loader must not guess from its own address,
// or every thread would start the whole worker again.
import ortModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import ortWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import type { Tensor, Tensors } from '../pipelines/types';
import type { Backend } from './capabilities';
import type { Engine, EngineSession, ValueShape } from './engine';

/** ONNX Runtime Web, the build whose WASM backend is as fast as the plain one. Call once per worker. */
export function createOrtEngine(threads: number): Engine {
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = {
    mjs: new URL(ortModuleUrl, self.location.href).href,
    wasm: new URL(ortWasmUrl, self.location.href).href,
  };
  ort.env.logLevel = 'error';
  return {
    async createSession(model, backend): Promise<EngineSession> {
      const session = await ort.InferenceSession.create(model, sessionOptions(backend));
      return {
        inputs: session.inputMetadata.map(shapeOf),
        outputs: session.outputMetadata.map(shapeOf),
        run: (feeds) => run(session, feeds),
        release: () => session.release(),
      };
    },
  };
}

function sessionOptions(backend: Backend): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [backend],
    graphOptimizationLevel: 'all',
    // Threads that wait for work in a busy loop gain nothing and take a core from whatever else runs.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

function shapeOf(value: ort.InferenceSession.ValueMetadata): ValueShape {
  return { name: value.name, shape: value.isTensor ? [...value.shape] : [] };
}

async function run(session: ort.InferenceSession, feeds: Tensors): Promise<Tensors> {
  const inputs: Record<string, ort.Tensor> = {};
  for (const [name, tensor] of Object.entries(feeds))
    inputs[name] = new ort.Tensor('float32', tensor.data, tensor.dims);
  const results = await session.run(inputs);
  const out: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(results)) {
    // A copy: the runtime may reuse its memory in the next run.
    const data = Float32Array.from((await value.getData()) as Float32Array);
    out[name] = { data, dims: [...value.dims] };
    value.dispose();
  }
  return out;
}
