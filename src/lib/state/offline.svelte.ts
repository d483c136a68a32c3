import type { DownloadProgress, InferenceClient } from '$lib/inference/client';

/** What the service worker answers to; see src/service-worker.ts. */
type ToServiceWorker = { readonly type: 'skip-waiting' | 'keep-all' };

const RELOAD_KEY = 'loopmind-isolation-reload';

/** Installation, updates and offline use of the page itself. */
export class Offline {
  /** A newer version waits for the user's word. */
  updateReady = $state(false);
  isOnline = $state(true);
  /** The page can be opened without a network. */
  isShellStored = $state(false);
  download = $state.raw<DownloadProgress | undefined>();
  #registration: ServiceWorkerRegistration | undefined;

  /** Registers the service worker at `url`; returns what stops the listeners. */
  start(url: string, scope: string): () => void {
    const abort = new AbortController();
    const { signal } = abort;
    this.isOnline = navigator.onLine;
    addEventListener('online', () => (this.isOnline = true), { signal });
    addEventListener('offline', () => (this.isOnline = false), { signal });
    if ('serviceWorker' in navigator) void this.#register(url, scope, signal);
    return () => abort.abort();
  }

  /** Takes the new version; the page reloads once it is in charge. */
  update(): void {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    this.#post({ type: 'skip-waiting' }, this.#registration?.waiting);
  }

  /** Stores the engine, the demo song and every model, so that nothing more needs the network. */
  async makeAvailable(client: InferenceClient): Promise<void> {
    this.keepEngine();
    try {
      await client.downloadModels((progress) => (this.download = progress));
    } finally {
      this.download = undefined;
    }
  }

  /** Stores what is no model: the runtime, the instrument sounds, the demo song. */
  keepEngine(): void {
    if ('serviceWorker' in navigator) this.#post({ type: 'keep-all' }, navigator.serviceWorker.controller);
  }

  async #register(url: string, scope: string, signal: AbortSignal): Promise<void> {
    try {
      const registration = await navigator.serviceWorker.register(url, { scope });
      this.#registration = registration;
      const look = (): void => {
        this.updateReady = registration.waiting !== null && navigator.serviceWorker.controller !== null;
      };
      look();
      registration.addEventListener(
        'updatefound',
        () => registration.installing?.addEventListener('statechange', look, { signal }),
        { signal },
      );
      await navigator.serviceWorker.ready;
      this.isShellStored = true;
      this.#isolate(signal);
    } catch (error) {
      console.warn('The page cannot be stored for offline use.', error);
    }
  }

  /** On hosts without header control the service worker adds the isolation headers: they count from the next load on. */
  #isolate(signal: AbortSignal): void {
    if (globalThis.crossOriginIsolated || sessionStorage.getItem(RELOAD_KEY) !== null) return;
    const reload = (): void => {
      sessionStorage.setItem(RELOAD_KEY, 'done');
      location.reload();
    };
    if (navigator.serviceWorker.controller !== null) reload();
    else navigator.serviceWorker.addEventListener('controllerchange', reload, { once: true, signal });
  }

  #post(message: ToServiceWorker, worker: ServiceWorker | null | undefined): void {
    worker?.postMessage(message);
  }
}
