import * as ort from 'onnxruntime-node';
import type { Tensor } from '$lib/inference/pipelines/types';
import type { Engine, ValueShape } from '$lib/inference/runtime/engine';

/** ONNX Runtime's native build on the CPU. */
export function createNodeEngine(threads: number): Engine {
  const shapeOf = (value: ort.InferenceSession.ValueMetadata): ValueShape => ({
    name: value.name,
    shape: value.isTensor ? [...value.shape] : [],
  });
  return {
    async createSession(model) {
      const session = await ort.InferenceSession.create(model, { intraOpNumThreads: threads });
      return {
        inputs: session.inputMetadata.map(shapeOf),
        outputs: session.outputMetadata.map(shapeOf),
        async run(feeds) {
          const inputs = Object.fromEntries(
            Object.entries(feeds).map(([name, { data, dims }]) => [
              name,
              new ort.Tensor('float32', data, dims),
            ]),
          );
          const results = await session.run(inputs);
          return Object.fromEntries(
            Object.entries(results).map(([name, value]): [string, Tensor] => [
              name,
              { data: Float32Array.from(value.data as Float32Array), dims: [...value.dims] },
            ]),
          );
        },
        release: () => session.release(),
      };
    },
  };
}
