import { describe, expect, it } from 'vitest';
import type { Backend } from '../../runtime/capabilities';
import type { Services } from '../services';
import { createEnvironment } from './environment';

describe('createEnvironment', () => {
  it('keeps a network off WebGPU that comes out wrong there, and no other', async () => {
    const ran: [string, Backend][] = [];
    const services = {
      registry: () =>
        Promise.resolve({ byId: (id: string) => ({ onlyBackend: id === 'notes' ? 'wasm' : undefined }) }),
      backend: () => Promise.resolve('webgpu'),
      userModel: () => Promise.resolve(undefined),
      pool: () => ({
        run: (id: string, _feeds: unknown, backend: Backend) => {
          ran.push([id, backend]);
          return Promise.resolve({});
        },
      }),
    } as unknown as Services;
    const { signal } = new AbortController();
    const env = await createEnvironment(services, { backend: 'auto', signal });
    await env.infer('notes', {});
    await env.infer('drums', {});
    expect(ran).toEqual([
      ['notes', 'wasm'],
      ['drums', 'webgpu'],
    ]);
  });
});
