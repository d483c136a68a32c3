/// <reference lib="webworker" />
import { cleanupOutdatedCaches, matchPrecache, precache } from 'workbox-precaching';

declare const self: ServiceWorkerGlobalScope;

/**
 * Two kinds of files: the shell (pages, scripts, styles, font) is stored when the worker is installed; heavy ones (the
 * network runtime, essentia, instrument sounds, the demo song) when first used, or all at once on 'keep-all'. Model files are none
 * of its business: the engine verifies and keeps them itself.
 */
const HEAVY = /\.wasm$|\/essentia-wasm[^/]*\.js$|^instruments\/|^demo\//;
const HEAVY_CACHE = 'loopmind-heavy';
const ANSWERS_CACHE = 'loopmind-answers';

interface StoredFile {
  readonly url: string;
  readonly revision: string | null;
}

/** The build tool names pages from the root; relative to this script they also work below a sub-path. */
const files: readonly StoredFile[] = self.__WB_MANIFEST.map((entry) => {
  const { url, revision } = typeof entry === 'string' ? { url: entry, revision: null } : entry;
  return { url: relativeAddress(url), revision: revision ?? null };
});
const scope = new URL('./', self.location.href);
/** The cache key of a heavy file by its address; it changes with the content. */
const heavyKeys = new Map(
  files
    .filter(({ url }) => HEAVY.test(url))
    .map(({ url, revision }) => {
      const address = new URL(url, scope).href;
      return [address, revision === null ? address : `${address}?revision=${revision}`];
    }),
);

precache(files.filter(({ url }) => !HEAVY.test(url)));
cleanupOutdatedCaches();

self.addEventListener('activate', (event) => event.waitUntil(takeOver()));
self.addEventListener('message', (event: ExtendableMessageEvent) => {
  const { data } = event as { data: unknown };
  if (typeof data !== 'object' || data === null || !('type' in data)) return;
  if (data.type === 'skip-waiting') event.waitUntil(self.skipWaiting());
  if (data.type === 'keep-all') event.waitUntil(keepAll());
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== scope.origin || !url.href.startsWith(scope.href)) return;
  if (request.headers.has('range') || url.pathname.endsWith('.onnx')) return;
  event.respondWith(answer(request, url).then(isolated));
});

function relativeAddress(url: string): string {
  const path = url.replace(/^\//, '');
  const isPage = !/\.[^/]+$/.test(path);
  return path === '' ? './' : isPage && !path.endsWith('/') ? `${path}/` : path;
}

async function takeOver(): Promise<void> {
  await self.clients.claim();
  const heavy = await caches.open(HEAVY_CACHE);
  const current = new Set(heavyKeys.values());
  for (const key of await heavy.keys()) if (!current.has(key.url)) await heavy.delete(key);
}

async function answer(request: Request, url: URL): Promise<Response> {
  url.search = '';
  url.hash = '';
  const key = heavyKeys.get(url.href);
  if (key !== undefined) return heavyFile(url.href, key);
  const stored = await matchPrecache(url.href);
  if (stored !== undefined) return stored;
  if (request.mode === 'navigate') {
    const page =
      (await matchPrecache(`${url.href.replace(/\/$/, '')}/`)) ??
      (await matchPrecache(url.href.replace(/\/$/, '')));
    return page ?? fetch(request).catch(async () => (await matchPrecache(scope.href)) ?? Response.error());
  }
  return freshOrKept(request, url.href);
}

/** From the cache, else from the network and into the cache. */
async function heavyFile(address: string, key: string): Promise<Response> {
  const cache = await caches.open(HEAVY_CACHE);
  const kept = await cache.match(key);
  if (kept !== undefined) return kept;
  const response = await fetch(address);
  if (response.ok) {
    const copy = response.clone();
    // A full disk must not keep the page from working online.
    await cache.put(key, copy).catch(() => undefined);
  }
  return response;
}

/** Small files that may change without a new build (the model manifest, model cards): the network first. */
async function freshOrKept(request: Request, address: string): Promise<Response> {
  const cache = await caches.open(ANSWERS_CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(address, response.clone()).catch(() => undefined);
    return response;
  } catch (error) {
    const kept = await cache.match(address);
    if (kept !== undefined) return kept;
    throw error;
  }
}

async function keepAll(): Promise<void> {
  for (const [address, key] of heavyKeys) await heavyFile(address, key).catch(() => undefined);
}

/** Isolation (threads in WASM) on hosts that send no such headers. */
function isolated(response: Response): Response {
  if (
    response.type === 'opaque' ||
    response.type === 'error' ||
    response.headers.has('Cross-Origin-Embedder-Policy')
  ) {
    return response;
  }
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const hasBody = ![101, 204, 205, 304].includes(response.status);
  return new Response(hasBody ? response.body : null, {
    status: response.status,
    statusText: response.statusText,
    headers,
  });
}
