/** The project readers as the app ships them: the built worker in Chromium, asked over Comlink as the page asks it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type CDPSession, type Page } from '@playwright/test';
import { preview } from 'vite';

const PORT = Number(process.env.E2E_PORT ?? 4176);
const HEAP_SAMPLE_MS = 20;
const WORKERS = 'build/_app/immutable/workers';

export interface WorkerFigures {
  readonly browser: string;
  readonly firstFlp: Opened;
  readonly flp: Opened;
  readonly midi: Opened;
  readonly als: Opened & { readonly heapBytes: number };
}

interface BenchWindow {
  readonly Comlink: { wrap(worker: Worker): WorkerApi };
  worker?: Worker;
  workerApi?: WorkerApi;
}

interface WorkerApi {
  open(files: readonly { readonly path: string; readonly blob: Blob }[]): Promise<{
    readonly ok: boolean;
    readonly value?: { readonly project: { readonly rest: { readonly tracks: readonly unknown[] } } };
  }>;
}

interface Opened {
  /** By the clock, from asking to having the project in the page, a file at a time. */
  readonly milliseconds: number;
  /** Processor time of the tab meanwhile, worker and page together. */
  readonly cpuMilliseconds: number;
  readonly unread: number;
  readonly tracks: number;
}

/** Times the built worker (`npx vite build` first) over files on disk. */
export async function benchWorker(files: {
  readonly flp: string;
  readonly als: string;
  readonly midi: readonly string[];
  readonly runs: number;
}): Promise<WorkerFigures> {
  const server = await preview({ logLevel: 'error', preview: { port: PORT, host: 'localhost' } });
  const browser = await chromium.launch({
    ...(process.env.CHROMIUM === undefined ? {} : { executablePath: process.env.CHROMIUM }),
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    // The policy of the site forbids the page the library that talks to the worker; the worker itself is as shipped.
    const page = await (await browser.newContext({ bypassCSP: true })).newPage();
    await page.goto(`${server.resolvedUrls?.local[0] ?? ''}settings/`);
    await page.addScriptTag({ content: readFileSync('node_modules/comlink/dist/umd/comlink.js', 'utf8') });

    await startWorker(page);
    const firstFlp = await open(page, [files.flp]);
    const flp = await repeat(files.runs, () => open(page, [files.flp]));
    const midi = await repeat(3, () => open(page, files.midi));
    const als = await repeat(3, async () => {
      const heap = await watchHeap(page, () => startWorker(page));
      const opened = await open(page, [files.als]);
      return { ...opened, heapBytes: await heap.stop() };
    });
    return {
      browser: `Chromium ${browser.version()}`,
      firstFlp,
      flp: middle(flp),
      midi: middle(midi),
      als: { ...middle(als), heapBytes: Math.max(...als.map(({ heapBytes }) => heapBytes)) },
    };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** The run of median processor time. */
function middle(runs: readonly Opened[]): Opened {
  return [...runs].sort((a, b) => a.cpuMilliseconds - b.cpuMilliseconds)[runs.length >> 1]!;
}

async function repeat<T>(times: number, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < times; i++) results.push(await run());
  return results;
}

/** A fresh worker of the built site in place of the one before; it answers before this resolves, so that its script is loaded. */
async function startWorker(page: Page): Promise<void> {
  const script = readdirSync(WORKERS).find((name) => name.startsWith('project.worker'));
  if (script === undefined) throw new Error(`no project worker in ${WORKERS}: npx vite build`);
  const url = new URL(path.posix.join('/_app/immutable/workers', script), page.url()).href;
  await page.evaluate(async (workerUrl) => {
    const bench = globalThis as unknown as BenchWindow;
    bench.worker?.terminate();
    bench.worker = new Worker(workerUrl, { type: 'module' });
    bench.workerApi = bench.Comlink.wrap(bench.worker);
    await bench.workerApi.open([]);
  }, url);
}

/** Opens each file by itself, as one dropped after the other. */
async function open(page: Page, names: readonly string[]): Promise<Opened> {
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), {
      type: 'file',
      multiple: true,
      id: 'bench',
    });
    document.getElementById('bench')?.remove();
    document.body.append(input);
  });
  await page.locator('#bench').setInputFiles([...names]);
  const cpuBefore = await rendererCpuSeconds(page);
  const opened = await page.evaluate(async () => {
    const api = (globalThis as unknown as Required<BenchWindow>).workerApi;
    const files = [...(document.getElementById('bench') as HTMLInputElement).files!];
    let unread = 0;
    let tracks = 0;
    const started = performance.now();
    for (const blob of files) {
      const outcome = await api.open([{ path: blob.name, blob }]);
      if (!outcome.ok) unread++;
      tracks += outcome.value?.project.rest.tracks.length ?? 0;
    }
    return { milliseconds: performance.now() - started, unread, tracks };
  });
  return { ...opened, cpuMilliseconds: ((await rendererCpuSeconds(page)) - cpuBefore) * 1000 };
}

async function rendererCpuSeconds(page: Page): Promise<number> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

/** Samples the JavaScript heap of the worker that `start` makes; `stop` gives how far its peak lies above its beginning. */
async function watchHeap(page: Page, start: () => Promise<void>): Promise<{ stop: () => Promise<number> }> {
  const session = await page.context().newCDPSession(page);
  let newest = '';
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.url.includes('project.worker')) newest = sessionId;
  });
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  await start();
  const ask = heapAsker(session, newest);
  const before = await ask('HeapProfiler.collectGarbage').then(() => ask('Runtime.getHeapUsage'));
  let peak = before;
  let isRunning = true;
  const sampling = (async () => {
    while (isRunning) {
      peak = Math.max(peak, await ask('Runtime.getHeapUsage'));
      await new Promise((resolve) => setTimeout(resolve, HEAP_SAMPLE_MS));
    }
  })();
  return {
    stop: async () => {
      isRunning = false;
      await sampling;
      await session.detach();
      return peak - before;
    },
  };
}

/** Sends a command to a worker through its page and gives the used heap it answers with (0 for other commands). */
function heapAsker(session: CDPSession, sessionId: string): (method: string) => Promise<number> {
  let lastId = 0;
  const waiting = new Map<number, (used: number) => void>();
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message) as { id?: number; result?: { usedSize?: number } };
    if (id !== undefined) waiting.get(id)?.(result?.usedSize ?? 0);
  });
  return (method) => {
    const id = ++lastId;
    const answer = new Promise<number>((resolve) => waiting.set(id, resolve));
    void session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) });
    return answer.finally(() => waiting.delete(id));
  };
}
