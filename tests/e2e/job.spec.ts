import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { drop, expectState, open, runDemo, status, watchRequests, wavFile } from './helpers/page';

test.describe.configure({ mode: 'serial' });

test('the demo song runs from one click to a ZIP, and no request leaves the origin', async ({ page }) => {
  const requests = watchRequests(page);
  const essentia = page
    .context()
    .waitForEvent('response', (response) => response.url().includes('essentia-wasm'));
  await open(page);
  await page.getByTestId('demo-song').click();
  await expectState(page, 'running');
  await expect(page.getByRole('progressbar').first()).toBeVisible();
  await page.screenshot({ path: 'screenshots/running-1440.png' });
  await expectState(page, 'done');
  await expect(page.getByTestId('track-row').first()).toBeVisible();
  // Both ways of hearing the key agree on the demo: only then is it trusted so far.
  expect((await essentia).ok()).toBe(true);
  await page.getByRole('button', { name: /^Key .* correct/ }).click();
  await expect(page.getByRole('dialog')).toContainText(/90 % sure/);
  await page.keyboard.press('Escape');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId('download-zip').click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/\.zip$/);
  const [midi] = await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId('download-midi').first().click(),
  ]);
  expect(midi.suggestedFilename()).toMatch(/\.mid$/);
  expect(requests.foreign).toEqual([]);
  expect(requests.failed).toEqual([]);

  const drums = page.getByTestId('track-row').filter({ hasText: 'hits' });
  await drums.getByRole('button', { pressed: false }).first().click();
  await page.waitForTimeout(400);
  await page.screenshot({ path: 'screenshots/drums-1440.png' });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ target }) => target) }))).toEqual([]);
});

test('a finished job is there after a reload, with its edits; it can be renamed, deleted and brought back', async ({
  page,
}) => {
  await open(page);
  await runDemo(page);
  const row = page.getByTestId('track-row').first();
  await row.getByRole('button', { name: /^Mute/ }).click();
  await expect(row.getByRole('button', { name: /^Mute/ })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();

  const started = Date.now();
  await page.reload();
  await expectState(page, 'done', 10_000);
  await expect(row).toBeVisible();
  test.info().annotations.push({ type: 'reopen', description: `${Date.now() - started} ms with the reload` });
  await expect(row.getByRole('button', { name: /^Mute/ })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Control+z');

  await page.getByRole('button', { name: /^Actions for/ }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByLabel('Name of the job').fill('My song');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'My song' })).toBeVisible();

  await page.getByRole('button', { name: 'Actions for My song' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(page.getByTestId('job-item')).toHaveCount(0);
  await page.getByTestId('toast').getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByTestId('job-item')).toHaveCount(1);

  await page.getByRole('button', { name: 'Actions for My song' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.reload();
  await page.locator('[data-ready]').waitFor();
  await page.waitForTimeout(500);
  await expect(page.getByTestId('job-item')).toHaveCount(0);
});

test('cancel answers at once, and the job can be restarted', async ({ page }) => {
  await open(page);
  await drop(page, 'long.wav', 60);
  await expectState(page, 'running');
  await expect(status(page)).not.toHaveText(/Starting|Reading/, { timeout: 180_000 });
  // Measured in the page: a busy machine may be slow to move the mouse.
  const answeredMs = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const shown = document.querySelector('[data-testid="job-status"]')!;
        const started = performance.now();
        new MutationObserver(() => {
          if (shown.getAttribute('data-state') === 'cancelled') resolve(performance.now() - started);
        }).observe(shown, { attributes: true });
        document.querySelector<HTMLElement>('[data-testid="cancel-job"]')!.click();
      }),
  );
  expect(answeredMs).toBeLessThan(1500);
  await page.getByTestId('restart-job').click();
  await expectState(page, 'running');
  await page.getByTestId('cancel-job').click();
  await expectState(page, 'cancelled', 5000);
});

test('a job whose tab was closed is listed as interrupted and can be restarted', async ({ page }) => {
  await open(page);
  await drop(page, 'interrupted.wav', 30);
  await expect(status(page)).not.toHaveText(/Starting|Reading/, { timeout: 180_000 });
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  const item = page.getByTestId('job-item');
  await expect(item).toHaveAttribute('data-state', 'interrupted');
  await item.getByRole('button').first().click();
  await expectState(page, 'failed');
  await expect(page.getByText('interrupted when its tab was closed')).toBeVisible();
  await page.screenshot({ path: 'screenshots/interrupted-1440.png' });
  await page.getByTestId('restart-job').click();
  await expectState(page, 'running');
  await page.getByTestId('cancel-job').click();
  await expectState(page, 'cancelled', 5000);
});

test('closing the tab in mid-job warns', async ({ page }) => {
  await open(page);
  await page.mouse.click(700, 300);
  await drop(page, 'warn.wav', 30);
  await expectState(page, 'running');
  const asked = page.waitForEvent('dialog');
  void page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.accept();
});

test('several files queue up and run one after the other', async ({ page }) => {
  await open(page);
  await page.getByTestId('audio-input').setInputFiles([wavFile('one.wav', 2), wavFile('two.wav', 2)]);
  await expect(page.getByTestId('job-item')).toHaveCount(2);
  await expect(page.locator('[data-testid="job-item"][data-state="queued"]')).toHaveCount(1);
  await expect(page.locator('[data-testid="job-item"][data-state="done"]')).toHaveCount(2, {
    timeout: 200_000,
  });
});

test('what is no audio fails in words, and the next job works', async ({ page }) => {
  await open(page);
  await page
    .getByTestId('audio-input')
    .setInputFiles({ name: 'notes.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('This is a text.') });
  await expectState(page, 'failed');
  await expect(status(page)).not.toHaveText(/unforeseen/);
  await expect(page.getByTestId('restart-job')).toBeVisible();
  await page.screenshot({ path: 'screenshots/failed-1440.png' });
  await drop(page, 'fine.wav', 2);
  await expectState(page, 'done');
});

test('a job that ends while the tab is hidden notifies; one that is watched does not', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['notifications']);
  // The system's own notifications cannot be read back: what the page asks for is noted instead.
  await page.addInitScript(() => {
    const shown: string[] = [];
    Object.assign(window, { shown });
    class Noted extends EventTarget {
      static readonly permission = 'granted';
      onclick: unknown;
      constructor(_title: string, options: { body: string }) {
        super();
        shown.push(options.body);
      }
    }
    Object.assign(window, { Notification: Noted });
  });
  const shown = () => page.evaluate(() => (window as unknown as { shown: string[] }).shown);
  await open(page);
  await drop(page, 'watched.wav', 2);
  await expectState(page, 'done');
  expect(await shown()).toEqual([]);
  await page.evaluate(() =>
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }),
  );
  await drop(page, 'unwatched.wav', 2);
  await expect(page.locator('[data-testid="job-item"][data-state="done"]')).toHaveCount(2, {
    timeout: 200_000,
  });
  await expect.poll(shown).toEqual(['“unwatched” is ready.']);
});
