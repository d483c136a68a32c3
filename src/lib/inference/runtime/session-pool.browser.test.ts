import { describe, expect, it } from 'vitest';
import tiny from '../../../../tests/fixtures/models/tiny.json';
import modelUrl from '../../../../tests/fixtures/models/conv2d.onnx?url';
import type { Tensors } from '../pipelines/types';
import { createOrtEngine } from './ort';
import { SessionPool } from './session-pool';

const { feeds: PACKED_FEEDS, outputs: PACKED_OUTPUTS } = tiny.conv2d;
const TOLERANCE = 2e-4;

/** The graphics device that the runtime asked for, to be lost at will. */
const devices: GPUDevice[] = [];
const requestDevice = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const device = await requestDevice.call(this, descriptor);
  devices.push(device);
  return device;
};

function feeds(): Tensors {
  return Object.fromEntries(
    Object.entries(PACKED_FEEDS).map(([name, { dims, data }]) => [
      name,
      { dims, data: Float32Array.from(data) },
    ]),
  );
}

function expectRight(results: Tensors): void {
  for (const [name, { data }] of Object.entries(PACKED_OUTPUTS)) {
    data.forEach((value, i) => expect(Math.abs(value - results[name]!.data[i]!)).toBeLessThan(TOLERANCE));
  }
}

describe('SessionPool on a real graphics device', () => {
  const notices: string[] = [];
  const pool = new SessionPool({
    engine: createOrtEngine(1),
    loadModel: async () => new Uint8Array(await (await fetch(modelUrl)).arrayBuffer()),
    onNotice: (text) => notices.push(text),
  });

  it('answers runs that were asked for at once (unordered, the runtime would hang for ever)', async () => {
    const results = await Promise.all([1, 2, 3].map(() => pool.run('conv2d', feeds(), 'webgpu')));
    results.forEach(expectRight);
    expect(devices).toHaveLength(1);
    expect(notices).toEqual([]);
  });

  it('goes on without a device that was lost, with one notice', async () => {
    await pool.run('conv2d', feeds(), 'webgpu');
    devices[0]!.destroy();
    await devices[0]!.lost;
    expectRight(await pool.run('conv2d', feeds(), 'webgpu'));
    expectRight(await pool.run('another', feeds(), 'webgpu'));
    expect(notices).toEqual(['The graphics processor was lost; work goes on without it, a little slower.']);
  });
});
