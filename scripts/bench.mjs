#!/usr/bin/env node
// npm run bench [-- --minutes 3 --memory-minutes 10 --skip native,memory]: the whole job in Chromium and the same pipeline on native
// ONNX Runtime, in one run on one machine. Writes docs/performance.md. Long: about 15 minutes on two cores.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBrowser } from './lib/browser.mjs';
import { ensurePackages, root, run } from './lib/run.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    'memory-minutes': { type: 'string', default: '10' },
    skip: { type: 'string', default: '' },
    'no-build': { type: 'boolean', default: false },
  },
});
const skipped = new Set(values.skip.split(','));
const local = path.join(root, '.local', 'bench');
mkdirSync(local, { recursive: true });
ensurePackages();
const CHROMIUM = await ensureBrowser();
const { chromium } = await import('@playwright/test');

/** A song of this length: a real one where the test data is there, else the demo, repeated as often as it takes. */
function makeSong(minutes) {
  const file = path.join(local, `song-${minutes}min.wav`);
  if (existsSync(file)) return file;
  const songs = path.resolve(root, process.env.LOOPMIND_TESTDATA ?? '../shared/testdata', 'songs');
  const real = existsSync(songs)
    ? readdirSync(songs, { recursive: true }).find((name) => /\.(mp3|ogg)$/.test(String(name)))
    : undefined;
  const source =
    real === undefined ? path.join(root, 'static/demo/loopmind-demo.mp3') : path.join(songs, String(real));
  const args = [
    '-v',
    'error',
    '-y',
    '-stream_loop',
    '-1',
    '-i',
    source,
    '-t',
    String(minutes * 60),
    '-ar',
    '44100',
    '-ac',
    '2',
    file,
  ];
  execFileSync('ffmpeg', args);
  return file;
}

function readMetadata(zip) {
  return JSON.parse(execFileSync('unzip', ['-p', zip, 'metadata.json'], { maxBuffer: 2 ** 28 }).toString());
}

/** Peak resident memory of the tabs, in MiB. */
async function peakRendererMiB(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const peaks = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => readFileSync(`/proc/${id}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)?.[1])
    .map((kib) => Number(kib ?? 0) / 1024);
  return Math.max(...peaks);
}

async function openPage(base) {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update'],
  });
  const context = await browser.newContext({ acceptDownloads: true, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration, startTime } of list.getEntries())
        globalThis.longTasks.push({ duration, startTime });
    }).observe({ type: 'longtask' });
  });
  await page.goto(base, { waitUntil: 'networkidle' });
  return { browser, page };
}

const stateIs = (page, states, timeout = 3_600_000) =>
  page.waitForFunction(
    (wanted) =>
      wanted.includes(document.querySelector('[data-testid="job-status"]')?.getAttribute('data-state') ?? ''),
    states,
    { timeout, polling: 50 },
  );

async function wholeJob(base, song, { exportTo } = {}) {
  const { browser, page } = await openPage(base);
  const startedAt = await page.evaluate(() => performance.now());
  const started = Date.now();
  await page.getByTestId('audio-input').setInputFiles(song);
  await stateIs(page, ['done', 'failed']);
  const seconds = (Date.now() - started) / 1000;
  const longTasks = (await page.evaluate(() => globalThis.longTasks))
    .map(({ duration, startTime }) => ({ duration, atSeconds: (startTime - startedAt) / 1000 }))
    .filter(({ atSeconds }) => atSeconds > 0);
  const memoryMiB = await peakRendererMiB(browser);
  let metadata;
  if (exportTo !== undefined) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId('download-zip').click(),
    ]);
    await download.saveAs(exportTo);
    metadata = readMetadata(exportTo);
  }
  await page.reload({ waitUntil: 'load' });
  const item = page.getByTestId('job-item').first();
  await item.waitFor();
  const reopening = Date.now();
  if ((await page.getByTestId('track-row').count()) === 0) await item.click();
  await page.getByTestId('track-row').first().waitFor();
  const reopenMs = Date.now() - reopening;
  await browser.close();
  return { seconds, longTasks, memoryMiB, metadata, reopenMs };
}

async function cancelTimes(base, song) {
  const times = [];
  for (const waitSeconds of [1, 5, 12, 25]) {
    const { browser, page } = await openPage(base);
    await page.getByTestId('audio-input').setInputFiles(song);
    await stateIs(page, ['running']);
    await page.waitForTimeout(waitSeconds * 1000);
    const pressed = Date.now();
    await page.getByTestId('cancel-job').first().click();
    await stateIs(page, ['cancelled', 'idle', 'done'], 30_000);
    times.push((Date.now() - pressed) / 1000);
    await browser.close();
  }
  return times;
}

function nativeJob(song) {
  const started = Date.now();
  const out = path.join(local, 'native');
  const { status } = spawnSync(
    'npx',
    ['tsx', 'scripts/transcribe-node.ts', '--threads', '2', '--out', out, song],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  if (status !== 0) throw new Error('the native run failed');
  const seconds = (Date.now() - started) / 1000;
  return { seconds, metadata: readMetadata(path.join(out, `${path.parse(song).name}.zip`)) };
}

const minutes = Number(values.minutes);
const song = makeSong(minutes);
if (!values['no-build'] && run('npx', ['vite', 'build', '--logLevel', 'warn']) !== 0) process.exit(1);
const { preview } = await import('vite');
const server = await preview({ root, logLevel: 'warn', preview: { port: 4175, host: 'localhost' } });
const base = server.resolvedUrls.local[0];

const browserRun = await wholeJob(base, song, { exportTo: path.join(local, 'browser.zip') });
const native = skipped.has('native') ? undefined : nativeJob(song);
const cancels = await cancelTimes(base, song);
const memory = skipped.has('memory')
  ? undefined
  : await wholeJob(base, makeSong(Number(values['memory-minutes'])));
await server.close();

const stages = (metadata) =>
  Object.fromEntries((metadata?.timings ?? []).map(({ stage, seconds }) => [stage, seconds]));
const ours = stages(browserRun.metadata);
const theirs = stages(native?.metadata);
const sum = (timings) => Object.values(timings).reduce((total, seconds) => total + seconds, 0);
const fixed = (value, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits) : '–');
const length = minutes * 60;
const longest = browserRun.longTasks.reduce((max, { duration }) => Math.max(max, duration), 0);
const rows = Object.keys(ours).map(
  (stage) =>
    `| ${stage} | ${fixed(ours[stage])} | ${fixed(ours[stage] / length, 3)} | ${fixed(theirs[stage])} | ${fixed(ours[stage] / theirs[stage])} |`,
);
const text = `# Performance

Written by \`npm run bench\` (${values.minutes}-minute song, default settings, no GPU). Machine: ${os.cpus().length} × ${os.cpus()[0]?.model}, ${Math.round(os.totalmem() / 2 ** 30)} GiB,
Node ${process.version}, ${execFileSync(CHROMIUM, ['--version']).toString().trim()}. Both columns come from one run; ratios say more than seconds.

| measure | value | wanted |
| --- | ---: | ---: |
| whole job, real-time factor in the browser (WASM) | ${fixed(browserRun.seconds / length)} | ≤ 0.8 |
| whole pipeline, browser / native ONNX Runtime | ${fixed(sum(ours) / sum(theirs))} | ≤ 2.5 |
| slowest of four cancels | ${fixed(Math.max(...cancels))} s | ≤ 1.5 s |
| longest main-thread task during the job | ${fixed(longest, 0)} ms | ≤ 50 ms |
| reopening a finished job | ${browserRun.reopenMs} ms | ≤ 1000 ms |
| peak memory of the tab, ${values.minutes}-minute song | ${fixed(browserRun.memoryMiB, 0)} MiB | |
| peak memory of the tab, ${values['memory-minutes']}-minute song | ${fixed(memory?.memoryMiB, 0)} MiB | ≤ 1536 MiB |

| stage | browser, s | real-time factor | native, s | browser / native |
| --- | ---: | ---: | ---: | ---: |
${rows.join('\n')}
| **all** | ${fixed(sum(ours))} | ${fixed(sum(ours) / length, 3)} | ${fixed(sum(theirs) || undefined)} | ${fixed(sum(ours) / sum(theirs))} |
`;
// Half a table is no record.
if (native !== undefined && memory !== undefined) {
  writeFileSync(path.join(root, 'docs', 'performance.md'), text);
  run('npx', ['prettier', '--write', '--log-level', 'warn', 'docs/performance.md']);
}
console.log(text);
console.log(
  'cancels',
  cancels,
  'long tasks',
  browserRun.longTasks.map(
    ({ duration, atSeconds }) => `${Math.round(duration)} ms at ${fixed(atSeconds, 1)} s`,
  ),
);
process.exit(0);
