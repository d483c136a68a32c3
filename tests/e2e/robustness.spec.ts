import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { longWav, wavBytes } from './helpers/odd-files';
import { drop, expectState, open, status } from './helpers/page';

const NINETY_MINUTES = 90 * 60;
const TWO_DAYS = 48 * 3600;

/** Room in the browser's storage, as a small disk would leave it; undefined lifts the limit. */
async function limitStorage(page: Page, quotaBytes: number | undefined): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(page.url()).origin,
    ...(quotaBytes === undefined ? {} : { quotaSize: quotaBytes }),
  });
}

const named = (name: string, buffer: Buffer) => ({ name, mimeType: 'audio/wav', buffer });

test('a disk that is full while the file is stored ends the job in words, and the next one works', async ({
  page,
}) => {
  await open(page);
  await limitStorage(page, 3_000_000);
  await page.getByTestId('audio-input').setInputFiles(named('big.wav', wavBytes({ seconds: 60 })));
  await expectState(page, 'failed', 60_000);
  await expect(page.getByRole('heading', { name: 'There is no room left' })).toBeVisible();
  await limitStorage(page, undefined);
  await drop(page, 'small.wav', 2);
  await expectState(page, 'done');
});

test('a recording too long for the disk: says what it needs before anything starts', async ({ page }) => {
  // A small file of two days: more than any browser grants. Its telephone quality keeps it small on this disk.
  const [file, remove] = await longWav({ seconds: TWO_DAYS, sampleRateHz: 1000, bits: 8 });
  try {
    await open(page);
    await page.getByTestId('audio-input').setInputFiles(file);
    await expectState(page, 'failed', 60_000);
    await expect(page.getByText(/2880 minutes of audio need 274\.3 GB .* [\d.]+ GB are free/)).toBeVisible();
  } finally {
    remove();
  }
});

test('90 minutes with room for them are decoded in blocks by the worker, and can be cancelled', async ({
  playwright,
  launchOptions,
  baseURL,
}) => {
  const [file, remove] = await longWav({ seconds: NINETY_MINUTES, bits: 8 });
  // A profile on disk: private windows keep what is stored in memory.
  const profile = mkdtempSync(path.join(tmpdir(), 'loopmind-profile-'));
  const context = await playwright.chromium.launchPersistentContext(profile, launchOptions);
  try {
    const page = await context.newPage();
    await open(page, baseURL);
    const started = Date.now();
    await page.getByTestId('audio-input').setInputFiles(file);
    await expect(status(page)).toHaveText(/tempo/i, { timeout: 400_000 });
    test.info().annotations.push({ type: 'decode', description: `${Date.now() - started} ms` });
    await expect(page.getByRole('button', { name: '1 warning' })).toBeVisible();
    await page.getByTestId('cancel-job').click();
    await expectState(page, 'cancelled', 5000);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
    remove();
  }
});

test('a worker that dies in mid-job fails it in words; it can be restarted', async ({ page }) => {
  await open(page);
  await drop(page, 'killed.wav', 60);
  await expect(status(page)).not.toHaveText(/Starting|Reading/, { timeout: 180_000 });
  for (const worker of page.workers()) await worker.evaluate(() => self.close()).catch(() => undefined);
  await expectState(page, 'failed', 10_000);
  await expect(page.getByRole('heading', { name: 'The audio engine stopped unexpectedly' })).toBeVisible();
  await page.getByTestId('restart-job').click();
  await expectState(page, 'running');
  await page.getByTestId('cancel-job').click();
  await expectState(page, 'cancelled', 5000);
});

test('a model that arrives damaged is fetched once more, then refused in words', async ({
  page,
  context,
}) => {
  const asked: string[] = [];
  await context.route('**/models/**/*.onnx', (route) => {
    asked.push(route.request().url());
    return route.fulfill({ status: 200, body: 'not a network' });
  });
  await open(page);
  await drop(page, 'damaged-model.wav', 2);
  await expectState(page, 'failed');
  await expect(page.getByRole('heading', { name: 'A model file arrived damaged, twice' })).toBeVisible();
  expect(asked).toHaveLength(2);
  expect(asked[1]).toBe(asked[0]);
  await context.unroute('**/models/**/*.onnx');
  await page.getByTestId('restart-job').click();
  await expectState(page, 'done');
});

test('odd recordings end as they should, one after the other', async ({ page }) => {
  const whole = wavBytes({ seconds: 4 });
  const cases = [
    ['empty', Buffer.alloc(0), 'failed'],
    ['header-only', whole.subarray(0, 44), 'failed'],
    ['no-header', whole.subarray(0, 20), 'failed'],
    ['cut', whole.subarray(0, whole.length / 2), 'done'],
    ['silent', wavBytes({ seconds: 2, gain: 0 }), 'done'],
    ['clipped', wavBytes({ seconds: 2, gain: 8 }), 'done'],
    ['one-second', wavBytes({ seconds: 1 }), 'done'],
    ['too-short', wavBytes({ seconds: 0.05 }), 'failed'],
    ['eight-bit-96k', wavBytes({ seconds: 2, bits: 8, sampleRateHz: 96_000 }), 'done'],
    ['misnamed.mp3', wavBytes({ seconds: 2 }), 'done'],
  ] as const;
  await open(page);
  await page
    .getByTestId('audio-input')
    .setInputFiles(cases.map(([name, buffer]) => named(name.includes('.') ? name : `${name}.wav`, buffer)));
  for (const [name, , state] of cases) {
    const item = page.getByTestId('job-item').filter({ hasText: name.replace('.mp3', '') });
    await expect(item).toHaveAttribute('data-state', state, { timeout: 200_000 });
  }
});
