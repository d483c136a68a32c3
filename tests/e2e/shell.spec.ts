import { gzipSync } from 'node:zlib';
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { open, status } from './helpers/page';

const SHELL_LIMIT_BYTES = 300_000;
const PAGES = ['./', './settings/'];

test('the first visit shows an empty workspace that names itself idle', async ({ page }) => {
  await open(page);
  await expect(status(page)).toHaveAttribute('data-state', 'idle');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Drop a song');
  await expect(page.getByTestId('demo-song')).toBeVisible();
  await expect(page.getByTestId('download-zip')).toBeDisabled();
  await expect(page.getByTestId('include-stems')).not.toBeChecked();
  await expect(page.getByTestId('audio-input')).toHaveAttribute('multiple', '');
});

test('the shell is small, and no model is loaded before it is needed', async ({ browser }) => {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  const bodies: Promise<{ url: string; bytes: number }>[] = [];
  page.on('response', (response) => {
    bodies.push(
      response.body().then((body) => ({
        url: response.url(),
        // Fonts and pictures are compressed already; the rest is what a host would compress.
        bytes: /\.(woff2|png)$/.test(response.url()) ? body.length : gzipSync(body).length,
      })),
    );
  });
  await open(page);
  await page.waitForTimeout(1500);
  const files = await Promise.all(bodies);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  test.info().annotations.push({ type: 'shell', description: `${total} bytes in ${files.length} files` });
  expect(files.filter(({ url }) => /\.(onnx|wasm|mp3)$/.test(url))).toEqual([]);
  expect(total).toBeLessThanOrEqual(SHELL_LIMIT_BYTES);
  await context.close();
});

for (const path of PAGES) {
  for (const theme of ['dark', 'light'] as const) {
    test(`axe finds nothing on ${path} (${theme})`, async ({ page }) => {
      await page.addInitScript((chosen) => localStorage.setItem('loopmind-theme', chosen), theme);
      await open(page, path);
      await page.waitForTimeout(300);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ target }) => target) }))).toEqual(
        [],
      );
    });
  }
}

for (const width of [1440, 390]) {
  for (const path of PAGES) {
    test(`${path} fits ${width} px`, async ({ page }) => {
      await page.setViewportSize({ width, height: width > 500 ? 900 : 844 });
      await open(page, path);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      const name = path === './' ? 'idle' : 'settings';
      await page.screenshot({ path: `screenshots/${name}-${width}.png` });
    });
  }
}

test('the theme is dark until the user chooses, and can follow the system', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open(page, './settings/');
  const root = page.locator('html');
  await expect(root).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('radio', { name: 'As the system' }).check();
  await expect(root).toHaveAttribute('data-theme', 'light');
  await page.reload();
  await expect(root).toHaveAttribute('data-theme', 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(root).toHaveAttribute('data-theme', 'dark');
});

test('keys open the list of keys and jump between pages', async ({ page }) => {
  await open(page);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeHidden();
  const places = await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts();
  await page.keyboard.press(String(places.indexOf('Settings') + 1));
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
});

test('the privacy badge says what is stored', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Nothing leaves this machine' }).click();
  await expect(page.getByRole('dialog')).toContainText('Jobs (audio, stems, notes)');
});
