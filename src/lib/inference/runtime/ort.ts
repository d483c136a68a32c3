import type * as Ort from 'onnxruntime-web';
import type { Tensor, Tensors } from '../pipelines/types';
import type { Backend } from './capabilities';
import type { Engine, EngineSession, ValueShape } from './engine';

type Runtime = Pick<typeof Ort, 'InferenceSession' | 'Tensor'>;

/**
 * ONNX Runtime Web in one of its two builds, fetched with the first session: the plain one where no graphics processor is asked for
 * (half as large, and it runs seconds earlier), else the one that knows WebGPU, for everything. Call once per worker.
 */
export function createOrtEngine(threads: number): Engine {
  const started = new Map<Backend, Promise<Runtime>>();
  const start = (build: Backend): Promise<Runtime> => {
    const known = started.get(build);
    if (known !== undefined) return known;
    const starting = loadRuntime(build, threads);
    started.set(build, starting);
    // A file that could not be fetched is asked for again.
    starting.catch(() => started.delete(build));
    return starting;
  };
  return {
    async createSession(model, backend): Promise<EngineSession> {
      const runtime = await start(started.has('webgpu') ? 'webgpu' : backend);
      const session = await runtime.InferenceSession.create(model, sessionOptions(backend));
      return {
        inputs: session.inputMetadata.map(shapeOf),
        outputs: session.outputMetadata.map(shapeOf),
        run: (feeds) => run(runtime, session, feeds),
        release: () => session.release(),
      };
    },
  };
}

async function loadRuntime(build: Backend, threads: number): Promise<Runtime> {
  const { ort, moduleUrl, wasmUrl } =
    build === 'webgpu' ? await import('./ort-webgpu') : await import('./ort-wasm');
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = {
    mjs: new URL(moduleUrl, self.location.href).href,
    wasm: new URL(wasmUrl, self.location.href).href,
  };
  ort.env.logLevel = 'error';
  return ort;
}

function sessionOptions(backend: Backend): Ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [backend],
    graphOptimizationLevel: 'all',
    // Threads that wait for work in a busy loop gain nothing and take a core from whatever else runs.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

function shapeOf(value: Ort.InferenceSession.ValueMetadata): ValueShape {
  return { name: value.name, shape: value.isTensor ? [...value.shape] : [] };
}

async function run(runtime: Runtime, session: Ort.InferenceSession, feeds: Tensors): Promise<Tensors> {
  const inputs: Record<string, Ort.Tensor> = {};
  for (const [name, tensor] of Object.entries(feeds))
    inputs[name] = new runtime.Tensor('float32', tensor.data, tensor.dims);
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
