import { createHash } from 'node:crypto';
import { AppError } from '$lib/core/errors';
import { describe, expect, it, vi } from 'vitest';
import { memoryFileArea } from '../files/file-area';
import { Sha256, sha256OfBlob } from './hash';
import { entriesFor, entryFor, type ModelEntry } from './manifest';
import { loadRegistry } from './registry';
import { ModelStore } from './store';

const CONTENT = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);

function entry(overrides: Partial<ModelEntry> = {}): ModelEntry {
  return {
    id: 'tiny',
    version: '1',
    task: 'notes',
    name: 'Tiny',
    url: 'tiny/1/model.onnx',
    bytes: CONTENT.length,
    sha256: createHash('sha256').update(CONTENT).digest('hex'),
    licence: 'MIT',
    source: 'here',
    sampleRateHz: 22_050,
    inputs: [],
    outputs: [],
    parameters: {},
    card: 'tiny/1/card.md',
    ...overrides,
  };
}

function serving(
  ...bodies: (Uint8Array<ArrayBuffer> | undefined)[]
): typeof fetch & { calls: RequestInit[] } {
  const calls: RequestInit[] = [];
  const fake = (_url: unknown, init: RequestInit = {}): Promise<Response> => {
    const body = bodies[Math.min(calls.length, bodies.length - 1)];
    calls.push(init);
    return body === undefined
      ? Promise.reject(new TypeError('offline'))
      : Promise.resolve(new Response(body));
  };
  return Object.assign(fake as typeof fetch, { calls });
}

describe('ModelStore', () => {
  it('fetches once, then works with the network off', async () => {
    const area = memoryFileArea();
    const fetchFile = serving(CONTENT);
    const onBytes = vi.fn();
    const store = new ModelStore({ area, baseUrl: '/models/', fetchFile });
    expect(await store.load(entry(), onBytes)).toEqual(CONTENT);
    expect(onBytes).toHaveBeenLastCalledWith(CONTENT.length);
    expect(await store.isStored(entry())).toBe(true);
    const offline = new ModelStore({ area, baseUrl: '/models/', fetchFile: serving(undefined) });
    expect(await offline.load(entry())).toEqual(CONTENT);
    expect(fetchFile.calls).toHaveLength(1);
  });

  it('fetches a damaged file once more, around the cache', async () => {
    const damaged = CONTENT.slice();
    damaged[5]! ^= 1;
    const fetchFile = serving(damaged, CONTENT);
    const store = new ModelStore({ area: memoryFileArea(), baseUrl: '/', fetchFile });
    expect(await store.load(entry())).toEqual(CONTENT);
    expect(fetchFile.calls.map((call) => call.cache)).toEqual(['default', 'reload']);
  });

  it('gives up on a file that is damaged twice, and remembers no failure', async () => {
    const damaged = CONTENT.slice(0, 10);
    const fetchFile = serving(damaged, damaged, CONTENT);
    const store = new ModelStore({ area: memoryFileArea(), baseUrl: '/', fetchFile });
    await expect(store.load(entry())).rejects.toMatchObject({ code: 'model-corrupt' });
    expect(await store.load(entry())).toEqual(CONTENT);
  });

  it('replaces a stored file that has rotted', async () => {
    const area = memoryFileArea();
    const store = new ModelStore({ area, baseUrl: '/', fetchFile: serving(CONTENT) });
    await store.load(entry());
    const [stored] = await area.list('models');
    const sink = await area.create(stored!.path);
    await sink.write(new Uint8Array(CONTENT.length));
    await sink.close();
    expect(await store.load(entry())).toEqual(CONTENT);
  });

  it('says when the network is missing', async () => {
    const store = new ModelStore({ area: memoryFileArea(), baseUrl: '/', fetchFile: serving(undefined) });
    await expect(store.load(entry())).rejects.toMatchObject({ code: 'model-unavailable' });
  });

  it('keeps the forms for WebGPU and WASM side by side', async () => {
    const both = entry({ onWasm: { ...entry(), url: 'tiny/1/model-int8.onnx' } });
    const area = memoryFileArea();
    const store = new ModelStore({ area, baseUrl: '/', fetchFile: serving(CONTENT) });
    for (const each of entriesFor(both, 'webgpu')) await store.load(each);
    await store.removeOutdated([both]);
    const paths = (await area.list('models')).map((file) => file.path).sort();
    expect(paths).toEqual(['models/tiny@1-int8.onnx', 'models/tiny@1.onnx']);
    await store.evict('tiny');
    expect(await area.list('models')).toEqual([]);
  });

  it('evicts and forgets old versions', async () => {
    const area = memoryFileArea();
    const store = new ModelStore({ area, baseUrl: '/', fetchFile: serving(CONTENT) });
    await store.load(entry());
    await store.load(entry({ version: '2' }));
    await store.removeOutdated([entry({ version: '2' })]);
    expect((await area.list('models')).map((file) => file.path)).toEqual(['models/tiny@2.onnx']);
    await store.evict('tiny');
    expect(await area.list('models')).toEqual([]);
  });
});

describe('entryFor', () => {
  const onWasm = { url: 'tiny/1/model-int8.onnx', bytes: 3, sha256: 'b'.repeat(64) };

  it('names the file that the backend runs', () => {
    expect(entryFor(entry({ onWasm }), 'wasm')).toMatchObject({ id: 'tiny', ...onWasm });
    expect(entryFor(entry({ onWasm }), 'webgpu').url).toBe('tiny/1/model.onnx');
    expect(entryFor(entry(), 'wasm').url).toBe('tiny/1/model.onnx');
  });

  it('asks for no file that the machine cannot need', () => {
    expect(entriesFor(entry({ onWasm }), 'wasm').map(({ url }) => url)).toEqual([onWasm.url]);
    expect(entriesFor(entry(), 'webgpu')).toHaveLength(1);
  });
});

describe('loadRegistry', () => {
  it('finds models by id and by task', async () => {
    const manifest = { schemaVersion: 1, models: [entry(), entry({ id: 'other' })] };
    const fetchFile = (() => Promise.resolve(Response.json(manifest))) as typeof fetch;
    const registry = await loadRegistry('/models/manifest.json', fetchFile);
    expect(registry.byTask('notes')?.id).toBe('tiny');
    expect(registry.byId('other')?.id).toBe('other');
  });

  it('rejects what is no manifest', async () => {
    const fetchFile = (() => Promise.resolve(Response.json({ models: 3 }))) as typeof fetch;
    await expect(loadRegistry('/x', fetchFile)).rejects.toThrow(AppError);
  });
});

describe('Sha256', () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 1000])('agrees with the platform on %d bytes', async (length) => {
    const bytes = CONTENT.slice(0, length);
    const expected = createHash('sha256').update(bytes).digest('hex');
    expect(await sha256OfBlob(new Blob([bytes]))).toBe(expected);
    expect(await sha256OfBlob(new Blob([bytes]), undefined, 10)).toBe(expected);
    const parts = new Sha256();
    parts.update(bytes.subarray(0, length >> 1));
    parts.update(bytes.subarray(length >> 1));
    expect(parts.hex()).toBe(expected);
  });
});
