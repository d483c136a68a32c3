import * as Comlink from 'comlink';
import type { WorkerApi, WorkerConfig } from '../worker/protocol';
import type { LiveWorker } from './worker-host';

/**
 * Starts the inference worker. It holds a Web Lock named like itself for as long as it lives: when the lock can be
 * had, the worker is dead, whatever killed it (browsers tell nothing when they end a worker for want of memory).
 */
export function spawnWorker(config: WorkerConfig): LiveWorker {
  const name = `loopmind-worker-${crypto.randomUUID()}`;
  const worker = new Worker(new URL('../worker/inference.worker.ts', import.meta.url), {
    type: 'module',
    name,
  });
  const remote = Comlink.wrap<WorkerApi>(worker);
  const stopWatching = new AbortController();
  const failed = new Promise<string>((resolve) => {
    worker.addEventListener('error', (event) => resolve(event.message || 'the worker failed to load'));
    worker.addEventListener('messageerror', () => resolve('a message could not be read'));
  });
  // The worker takes its lock before it answers, so waiting for it only begins now.
  const configured = remote.configure(config);
  const released = configured.then(() =>
    navigator.locks.request(name, { signal: stopWatching.signal }, () => 'the worker is gone'),
  );
  return {
    api: Promise.race([
      configured.then(() => ({
        run: ((kind, input, port) =>
          remote.run(kind, input, Comlink.transfer(port, [port]))) as WorkerApi['run'],
      })),
      failed.then((reason) => Promise.reject(new Error(reason))),
    ]),
    died: Promise.race([failed, released.catch(() => new Promise<never>(() => undefined))]),
    terminate() {
      stopWatching.abort();
      worker.terminate();
    },
  };
}
