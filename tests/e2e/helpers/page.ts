import { expect, type Locator, type Page } from '@playwright/test';

/** A WAV of decaying tones, `seconds` long: something to hear, made in place. */
function toneWav(seconds: number, sampleRateHz = 44_100): Buffer {
  const frames = Math.round(seconds * sampleRateHz);
  const buffer = Buffer.alloc(44 + frames * 2);
  buffer.write('RIFF', 0);
  buffer.writeUInt32LE(36 + frames * 2, 4);
  buffer.write('WAVEfmt ', 8);
  buffer.writeUInt32LE(16, 16);
  buffer.writeUInt16LE(1, 20);
  buffer.writeUInt16LE(1, 22);
  buffer.writeUInt32LE(sampleRateHz, 24);
  buffer.writeUInt32LE(sampleRateHz * 2, 28);
  buffer.writeUInt16LE(2, 32);
  buffer.writeUInt16LE(16, 34);
  buffer.write('data', 36);
  buffer.writeUInt32LE(frames * 2, 40);
  const pitches = [57, 60, 64, 69];
  for (let i = 0; i < frames; i++) {
    const t = i / sampleRateHz;
    const step = Math.floor(t / 0.5);
    const hz = 440 * 2 ** ((pitches[step % pitches.length]! - 69) / 12);
    const sample = 0.4 * Math.exp(-4 * (t % 0.5)) * Math.sin(2 * Math.PI * hz * t);
    buffer.writeInt16LE(Math.round(sample * 32_767), 44 + i * 2);
  }
  return buffer;
}

export function wavFile(name: string, seconds: number): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: 'audio/wav', buffer: toneWav(seconds) };
}

export const status = (page: Page): Locator => page.getByTestId('job-status');

/** Opens the page and waits until it is alive. */
export async function open(page: Page, path = './'): Promise<void> {
  await page.goto(path);
  await page.locator('[data-ready]').waitFor();
}

/** Starts a job from a file made in place. */
export async function drop(page: Page, name: string, seconds: number): Promise<void> {
  await page.getByTestId('audio-input').setInputFiles(wavFile(name, seconds));
}

export async function expectState(page: Page, state: string, timeout = 400_000): Promise<void> {
  await expect(status(page)).toHaveAttribute('data-state', state, { timeout });
}

/** Runs the demo song to its end. */
export async function runDemo(page: Page): Promise<void> {
  await page.getByTestId('demo-song').click();
  await expectState(page, 'done');
}

/** Requests that went anywhere but to this site, and what did not load. */
export function watchRequests(page: Page): { readonly foreign: string[]; readonly failed: string[] } {
  const foreign: string[] = [];
  const failed: string[] = [];
  page.context().on('request', (request) => {
    const url = new URL(request.url());
    const own = ['data:', 'blob:'].includes(url.protocol) || url.hostname === 'localhost';
    if (!own) foreign.push(request.url());
  });
  page.context().on('response', (response) => {
    if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
  });
  return { foreign, failed };
}
