import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { drop, expectState, open, runDemo } from './helpers/page';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mp3': 'audio/mpeg',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** A plain host: the built site below `prefix`, no isolation headers. */
async function plainHost(prefix: string): Promise<{ server: Server; url: string }> {
  const root = path.resolve('build');
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    let file = path.join(root, decodeURIComponent(pathname.slice(prefix.length)));
    if (pathname.startsWith(prefix) && existsSync(file) && statSync(file).isDirectory())
      file += '/index.html';
    if (!pathname.startsWith(prefix) || !file.startsWith(root) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return { server, url: `http://localhost:${(server.address() as AddressInfo).port}${prefix}` };
}

test('after the first job everything works without a network', async ({ page, context }) => {
  await open(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await runDemo(page);
  await expect
    .poll(
      () =>
        page.evaluate(async () => {
          const keys = await (await caches.open('loopmind-heavy')).keys();
          return ['.wasm', 'demo/', 'instruments/'].every((part) =>
            keys.some(({ url }) => url.includes(part)),
          );
        }),
      { timeout: 180_000 },
    )
    .toBe(true);
  await page.goto('./settings/');
  await expect(page.getByTestId('make-offline')).toHaveText(/Available offline/, { timeout: 180_000 });

  await context.setOffline(true);
  await page.goto('./');
  await page.locator('[data-ready]').waitFor();
  await drop(page, 'offline.wav', 3);
  await expectState(page, 'done');
  await page.goto('./settings/');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await context.setOffline(false);
});

test('a host without headers, below a sub-path: installed, isolated after one reload, offline', async ({
  page,
  context,
}) => {
  const { server, url } = await plainHost('/studio/loopmind/');
  try {
    let loads = 0;
    page.on('load', () => loads++);
    await page.goto(url);
    await expect.poll(() => page.evaluate(() => crossOriginIsolated).catch(() => false)).toBe(true);
    expect(loads).toBeLessThanOrEqual(2);
    const manifest = await page.evaluate(async () => {
      const link = document.querySelector<HTMLLinkElement>('link[rel="manifest"]')!;
      const json = (await (await fetch(link.href)).json()) as { start_url: string; scope: string };
      return { start: new URL(json.start_url, link.href).href, scope: new URL(json.scope, link.href).href };
    });
    expect(manifest).toEqual({ start: url, scope: url });
    await context.setOffline(true);
    await page.goto(`${url}settings/`);
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
    await page.goto(url);
    await expect(page.getByTestId('demo-song')).toBeVisible();
  } finally {
    await context.setOffline(false);
    server.close();
  }
});

test('the page is installable', async ({ page }) => {
  await open(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="manifest"]')!;
    return (await (await fetch(link.href)).json()) as {
      name: string;
      display: string;
      icons: { src: string; sizes: string; purpose?: string }[];
    };
  });
  expect(manifest.name).toBe('LoopMind');
  expect(manifest.display).toBe('standalone');
  expect(manifest.icons.map(({ sizes }) => sizes)).toEqual(expect.arrayContaining(['192x192', '512x512']));
  expect(manifest.icons.some(({ purpose }) => purpose === 'maskable')).toBe(true);
});
