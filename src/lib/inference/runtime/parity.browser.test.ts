import { describe, expect, it } from 'vitest';
import tiny from '../../../../tests/fixtures/models/tiny.json';
import type { Tensor, Tensors } from '../pipelines/types';
import type { Backend } from './capabilities';
import { createOrtEngine } from './ort';

/** One graph per operator the shipped networks use; training/parity/make_tiny_models.py writes them with native outputs. */
const MODEL_URLS = import.meta.glob('../../../../tests/fixtures/models/*.onnx', {
  query: '?url',
  import: 'default',
  eager: true,
});
const CASES = Object.entries(tiny as Record<string, { feeds: Packed; outputs: Packed }>);
type Packed = Record<string, { dims: number[]; data: number[] }>;

/** Software WebGPU reckons in 32 bits like the CPU; sums are ordered otherwise. */
const TOLERANCE = 2e-4;

const engine = createOrtEngine(1);

function unpack(packed: Packed): Tensors {
  return Object.fromEntries(
    Object.entries(packed).map(([name, { dims, data }]) => [
      name,
      { dims, data: Float32Array.from(data) } satisfies Tensor,
    ]),
  );
}

async function loadModel(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = MODEL_URLS[`../../../../tests/fixtures/models/${name}.onnx`];
  const response = await fetch(url as string);
  return new Uint8Array(await response.arrayBuffer());
}

async function largestDifference(name: string, backend: Backend): Promise<number> {
  const { feeds, outputs } = (tiny as Record<string, { feeds: Packed; outputs: Packed }>)[name]!;
  const session = await engine.createSession(await loadModel(name), backend);
  try {
    const results = await session.run(unpack(feeds));
    return Object.entries(outputs).reduce((largest, [output, { dims, data }]) => {
      expect(results[output]?.dims).toEqual(dims);
      return data.reduce(
        (worst, value, i) => Math.max(worst, Math.abs(value - results[output]!.data[i]!)),
        largest,
      );
    }, 0);
  } finally {
    await session.release();
  }
}

describe.each(CASES.map(([name]) => name))('%s agrees with native ONNX Runtime', (name) => {
  it('on WASM', async () => {
    expect(await largestDifference(name, 'wasm')).toBeLessThan(TOLERANCE);
  });

  it('on WebGPU', async () => {
    expect('gpu' in navigator && (await navigator.gpu.requestAdapter())).toBeTruthy();
    expect(await largestDifference(name, 'webgpu')).toBeLessThan(TOLERANCE);
  });
});
