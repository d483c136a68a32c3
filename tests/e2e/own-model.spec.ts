import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { unzipSync } from 'fflate';
import { wavBytes } from './helpers/odd-files';
import { tinyHtdemucs } from './helpers/onnx';
import { expectState, open } from './helpers/page';

const SHARES = [0.5, 0.25, 0.15, 0.1] as const;
const HEADER_BYTES = 44;

test('a network of the HTDemucs contract that the user brings separates the next job', async ({ page }) => {
  await open(page, './settings/');
  await page
    .getByTestId('model-input')
    .setInputFiles({ name: 'mine.onnx', mimeType: 'application/octet-stream', buffer: tinyHtdemucs(SHARES) });
  await expect(page.getByText('The model fits')).toBeVisible({ timeout: 60_000 });

  await page.goto('./');
  await page.locator('[data-ready]').waitFor();
  const source = wavBytes({ seconds: 9, channels: 2 });
  await page
    .getByTestId('audio-input')
    .setInputFiles({ name: 'own.wav', mimeType: 'audio/wav', buffer: source });
  await expectState(page, 'done');
  await page.getByTestId('include-stems').check();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId('download-zip').click(),
  ]);
  const files = unzipSync(readFileSync(await download.path()));
  const named = ['stems/drums.wav', 'stems/bass.wav', 'stems/vocals.wav'];
  // What is none of the others is called by what was heard in it.
  const rest = Object.keys(files).filter((file) => file.endsWith('.wav') && !named.includes(file));
  expect(rest).toHaveLength(1);
  const pcm = (file: string): Int16Array => {
    const bytes = files[file]!.slice(HEADER_BYTES);
    return new Int16Array(bytes.buffer, 0, bytes.length / 2);
  };
  const whole = new Int16Array(Uint8Array.from(source.subarray(HEADER_BYTES)).buffer);
  // 9 s are two chunks: the shares hold through the cross-fade.
  for (const [name, share] of [
    ['stems/drums.wav', SHARES[0]],
    ['stems/bass.wav', SHARES[1]],
    [rest[0]!, SHARES[2]],
    ['stems/vocals.wav', SHARES[3]],
  ] as const) {
    const stem = pcm(name);
    expect(stem.length).toBe(whole.length);
    const worst = stem.reduce((most, value, i) => Math.max(most, Math.abs(value - share * whole[i]!)), 0);
    expect(worst, name).toBeLessThanOrEqual(3);
  }
  expect(new TextDecoder().decode(files['metadata.json'])).toContain('htdemucs');
});

test('another network is refused in words, and nothing is kept', async ({ page }) => {
  await open(page, './settings/');
  await page.getByTestId('model-input').setInputFiles('tests/fixtures/models/conv2d.onnx');
  await expect(page.getByText(/does not have the inputs and outputs/)).toBeVisible({ timeout: 60_000 });
  await page.reload();
  await page.locator('[data-ready]').waitFor();
  await expect(page.getByText('Bring your own HTDemucs')).toBeVisible();
  await expect(page.getByText('yours', { exact: true })).toHaveCount(0);
});
