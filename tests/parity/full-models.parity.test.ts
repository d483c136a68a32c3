import { describe, expect, inject, it } from 'vitest';
import manifest from '../../static/models/manifest.json';
import { parseManifest } from '../../src/lib/inference/models/manifest';
import type { Tensor, Tensors } from '../../src/lib/inference/pipelines/types';
import { createOrtEngine } from '../../src/lib/inference/runtime/ort';

/**
 * Every shipped model, WebGPU against WASM, on seeded input: `npm run parity`, for machines with a GPU. On software WebGPU
 * it also runs, for minutes instead of seconds.
 */
const { models } = parseManifest(manifest);
/** By the four and odd: graphics cards compute the two in different ways. */
const OPEN_DIMENSIONS = [64, 67];
const RELATIVE_TOLERANCE = 1e-3;
const engine = createOrtEngine(Math.min(4, navigator.hardwareConcurrency));

function seededTensor(shape: readonly (number | string)[], openDimension: number): Tensor {
  const dims = shape.map((size) => (typeof size === 'number' ? size : openDimension));
  const data = new Float32Array(dims.reduce((product, size) => product * size, 1));
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[i] = state / 2 ** 32;
  }
  return { data, dims };
}

async function run(
  model: Uint8Array<ArrayBuffer>,
  feeds: Tensors,
  backend: 'wasm' | 'webgpu',
): Promise<Tensors> {
  const session = await engine.createSession(model, backend);
  const outputs = await session.run(feeds);
  await session.release();
  return outputs;
}

const cases = models.flatMap((entry) => {
  const isOpen = entry.inputs.some(({ shape }) => shape.some((size) => typeof size === 'string'));
  return (isOpen ? OPEN_DIMENSIONS : OPEN_DIMENSIONS.slice(0, 1)).map((openDimension) => ({
    entry,
    openDimension,
    name: isOpen ? `${entry.id} ${entry.version} of ${openDimension}` : `${entry.id} ${entry.version}`,
  }));
});

describe.each(cases)('$name', ({ entry, openDimension, name: caseName }) => {
  it('gives the same on WebGPU and WASM', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    expect(adapter, 'WebGPU is not available').not.toBeNull();
    const response = await fetch(`${inject('modelsUrl')}/${entry.url}`);
    const model = new Uint8Array(await response.arrayBuffer());
    const feeds = Object.fromEntries(
      entry.inputs.map(({ name, shape }) => [name, seededTensor(shape, openDimension)]),
    );
    const [wasm, webgpu] = [await run(model, feeds, 'wasm'), await run(model, feeds, 'webgpu')];
    for (const [name, expected] of Object.entries(wasm)) {
      const actual = webgpu[name]!.data;
      const scale = expected.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
      const worst = expected.data.reduce(
        (largest, value, i) => Math.max(largest, Math.abs(value - actual[i]!)),
        0,
      );
      console.warn(
        `${caseName} ${name}: largest difference ${(worst / scale).toExponential(2)} (${adapter!.info.vendor})`,
      );
      expect(worst / scale).toBeLessThan(RELATIVE_TOLERANCE);
    }
  });
});

declare module 'vitest' {
  interface ProvidedContext {
    modelsUrl: string;
  }
}
