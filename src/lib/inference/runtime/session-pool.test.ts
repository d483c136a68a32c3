import { describe, expect, it } from 'vitest';
import type { Tensors } from '../pipelines/types';
import type { Backend } from './capabilities';
import { chooseBackend, wasmThreads } from './capabilities';
import type { Engine } from './engine';
import { FifoMutex } from './fifo-mutex';
import { SessionPool } from './session-pool';

const FEEDS: Tensors = { x: { data: new Float32Array(1), dims: [1] } };

interface FakeWorld {
  readonly pool: SessionPool;
  readonly notices: string[];
  readonly created: string[];
  readonly loaded: string[];
  readonly maxConcurrent: () => number;
}

function world(failing: (backend: Backend, call: number) => string | undefined): FakeWorld {
  const notices: string[] = [];
  const created: string[] = [];
  const loaded: string[] = [];
  let running = 0;
  let most = 0;
  let call = 0;
  const engine: Engine = {
    createSession(_model, backend) {
      created.push(backend);
      return Promise.resolve({
        inputs: [],
        outputs: [],
        async run(feeds) {
          running++;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running--;
          const failure = failing(backend, call++);
          if (failure !== undefined) throw new Error(failure);
          return feeds;
        },
        release: () => Promise.resolve(),
      });
    },
  };
  const pool = new SessionPool({
    engine,
    loadModel(modelId, backend) {
      loaded.push(`${modelId} for ${backend}`);
      return Promise.resolve(new Uint8Array(1));
    },
    onNotice: (text) => notices.push(text),
  });
  return { pool, notices, created, loaded, maxConcurrent: () => most };
}

describe('SessionPool', () => {
  it('never runs two networks at a time and makes one session a model', async () => {
    const { pool, created, maxConcurrent } = world(() => undefined);
    await Promise.all(Array.from({ length: 5 }, () => pool.run('a', FEEDS, 'webgpu')));
    expect(maxConcurrent()).toBe(1);
    expect(created).toEqual(['webgpu']);
  });

  it('moves a model to WASM with a notice when an operator is missing', async () => {
    const { pool, notices, created, loaded } = world((backend) =>
      backend === 'webgpu' ? 'no kernel' : undefined,
    );
    await pool.run('a', FEEDS, 'webgpu');
    await pool.run('a', FEEDS, 'webgpu');
    expect(created).toEqual(['webgpu', 'wasm']);
    expect(loaded).toEqual(['a for webgpu', 'a for wasm']);
    expect(notices).toHaveLength(1);
  });

  it('moves every model to WASM after a lost device', async () => {
    const { pool, created, notices } = world((backend) =>
      backend === 'webgpu' ? 'Device was lost' : undefined,
    );
    await pool.run('a', FEEDS, 'webgpu');
    await pool.run('b', FEEDS, 'webgpu');
    expect(created).toEqual(['webgpu', 'wasm', 'wasm']);
    expect(notices).toEqual(['The graphics processor was lost; work goes on without it, a little slower.']);
  });

  it('moves a model to WASM with a notice when the graphics memory is full; others stay', async () => {
    const { pool, created, notices } = world((backend, call) =>
      backend === 'webgpu' && call === 0 ? 'Out of memory' : undefined,
    );
    await expect(pool.run('a', FEEDS, 'webgpu')).resolves.toEqual(FEEDS);
    await pool.run('b', FEEDS, 'webgpu');
    expect(created).toEqual(['webgpu', 'wasm', 'webgpu']);
    expect(notices).toEqual(['a finds no room on this graphics processor; it runs on the CPU instead.']);
  });

  it('names want of memory and lets the next run work', async () => {
    const { pool } = world((_backend, call) => (call === 0 ? 'std::bad_alloc' : undefined));
    await expect(pool.run('a', FEEDS, 'wasm')).rejects.toMatchObject({ code: 'out-of-memory' });
    await expect(pool.run('a', FEEDS, 'wasm')).resolves.toEqual(FEEDS);
  });

  it('remembers no session that failed to open', async () => {
    let tries = 0;
    const pool = new SessionPool({
      engine: {
        createSession: () =>
          tries++ === 0
            ? Promise.reject(new Error('broken'))
            : Promise.resolve({
                inputs: [],
                outputs: [],
                run: (f) => Promise.resolve(f),
                release: () => Promise.resolve(),
              }),
      },
      loadModel: () => Promise.resolve(new Uint8Array(1)),
      onNotice: () => undefined,
    });
    await expect(pool.run('a', FEEDS, 'wasm')).rejects.toThrow();
    await expect(pool.run('a', FEEDS, 'wasm')).resolves.toEqual(FEEDS);
  });
});

describe('FifoMutex', () => {
  it('keeps the order and survives a failure', async () => {
    const mutex = new FifoMutex();
    const order: number[] = [];
    const task = (id: number, delay: number) => (): Promise<void> =>
      new Promise((resolve, reject) =>
        setTimeout(() => {
          order.push(id);
          if (id === 1) reject(new Error('one'));
          else resolve();
        }, delay),
      );
    const results = await Promise.allSettled([
      mutex.run(task(0, 5)),
      mutex.run(task(1, 1)),
      mutex.run(task(2, 0)),
    ]);
    expect(order).toEqual([0, 1, 2]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

describe('backend choice', () => {
  it('takes WebGPU only where it is real, unless the user says so', () => {
    expect(chooseBackend('auto', 'hardware')).toBe('webgpu');
    expect(chooseBackend('auto', 'software')).toBe('wasm');
    expect(chooseBackend('webgpu', 'software')).toBe('webgpu');
    expect(chooseBackend('webgpu', 'none')).toBe('wasm');
    expect(chooseBackend('wasm', 'hardware')).toBe('wasm');
  });

  it('threads only in an isolated page', () => {
    expect(wasmThreads(false, 8)).toBe(1);
    expect(wasmThreads(true, 2)).toBe(2);
    expect(wasmThreads(true, 64)).toBe(8);
  });
});
