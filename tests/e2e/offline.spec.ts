import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { drop, expectState, open, runDemo } from './helpers/page';
import { plainHost } from './helpers/plain-host';

test('after the first job everything works without a network', async ({ page, context }) => {
  await open(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await runDemo(page);
  await expect
    .poll(
      () =>
        page.evaluate(async () => {
          const keys = await (await caches.open('loopmind-heavy')).keys();
          return ['.wasm', 'essentia-wasm', 'demo/', 'instruments/'].every((part) =>
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

test('a new version waits for the word of the user, and takes over when it is given', async ({ page }) => {
  const root = mkdtempSync(path.join(tmpdir(), 'loopmind-site-'));
  cpSync('build', root, { recursive: true });
  const { server, url } = await plainHost('/', root);
  const offer = page.getByText('A newer version is ready.');
  try {
    await page.goto(url);
    // The first load ends in one reload, for the isolation headers.
    await expect.poll(() => page.evaluate(() => crossOriginIsolated).catch(() => false)).toBe(true);
    await page.locator('[data-ready]').waitFor();
    await expect(offer).toBeHidden();
    appendFileSync(path.join(root, 'service-worker.js'), '\n// the next version');
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await expect(offer).toBeVisible();
    const isWaiting = () =>
      page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting !== null);
    expect(await isWaiting()).toBe(true);
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Reload' }).click()]);
    await page.locator('[data-ready]').waitFor();
    expect(await isWaiting()).toBe(false);
    await expect(offer).toBeHidden();
  } finally {
    server.close();
    rmSync(root, { recursive: true, force: true });
  }
});
