import * as Comlink from 'comlink';
import { createHandlers } from './handlers';
import type { WorkerConfig } from './protocol';
import { serve } from './serve';
import { Services } from './services';

let services: Services | undefined;

/** Held as long as the worker lives: see spawnWorker. */
const watched = new Promise<void>((resolve) => {
  void navigator.locks.request(self.name, () => {
    resolve();
    return new Promise<never>(() => undefined);
  });
});

const handlers = createHandlers(() => {
  if (services === undefined) throw new Error('The worker was asked before it was configured.');
  return services;
});

Comlink.expose(
  serve(handlers, (config: WorkerConfig) => {
    services = new Services(config);
    return watched;
  }),
);
