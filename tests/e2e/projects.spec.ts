import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { open } from './helpers/page';

const daw = path.resolve(process.env.LOOPMIND_TESTDATA ?? '../shared/testdata', 'daw');

/** Half a second of a decaying tone, as a 16-bit WAV. */
function toneWav(): Uint8Array {
  const frames = 22_050;
  const bytes = new DataView(new ArrayBuffer(44 + frames * 2));
  const ascii = (at: number, text: string): void =>
    [...text].forEach((character, i) => bytes.setUint8(at + i, character.charCodeAt(0)));
  ascii(0, 'RIFF');
  bytes.setUint32(4, 36 + frames * 2, true);
  ascii(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, 44_100, true);
  bytes.setUint32(28, 88_200, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  ascii(36, 'data');
  bytes.setUint32(40, frames * 2, true);
  for (let i = 0; i < frames; i++) {
    bytes.setInt16(
      44 + i * 2,
      20_000 * Math.sin((i * 2 * Math.PI * 220) / 44_100) * Math.exp(-i / 6000),
      true,
    );
  }
  return new Uint8Array(bytes.buffer);
}

const PROJECT_XML = `<?xml version="1.0" encoding="UTF-8"?><Project version="1.0"><Application name="Test DAW" version="2"/>
<Transport><Tempo id="t" value="120" unit="bpm"/><TimeSignature denominator="4" numerator="4" id="s"/></Transport><Structure>
<Track id="keys" name="Keys" contentType="notes" color="#58a6ff"><Channel id="kc" role="regular"><Devices><Vst3Plugin deviceName="Piano One"
deviceRole="instrument" id="d"/></Devices><Volume id="v" unit="linear" value="0.5"/></Channel></Track>
<Track id="audio" name="Loop" contentType="audio"><Channel id="ac" role="regular"/></Track></Structure><Arrangement><Lanes timeUnit="beats">
<Lanes track="keys"><Clips><Clip name="Chords" time="0" duration="8"><Notes id="n"><Note time="0" duration="2" channel="0" key="60" vel="0.8"/>
<Note time="2" duration="2" channel="0" key="64" vel="0.7"/></Notes></Clip></Clips></Lanes>
<Lanes track="audio"><Clips><Clip name="Tone" time="0" duration="1" contentTimeUnit="seconds"><Audio duration="0.5" channels="1" sampleRate="44100">
<File path="audio/tone.wav"/></Audio></Clip></Clips></Lanes></Lanes><Markers><Marker name="Intro" time="0"/><Marker name="Hook" time="4"/></Markers>
</Arrangement></Project>`;

const SONG = {
  name: 'Night Drive.dawproject',
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(
    zipSync({
      'project.xml': strToU8(PROJECT_XML),
      'metadata.xml': strToU8('<MetaData><Title>Night Drive</Title></MetaData>'),
      'audio/tone.wav': toneWav(),
    }),
  ),
};

async function openSong(page: Page): Promise<void> {
  await open(page, 'projects/');
  await page.getByTestId('project-input').setInputFiles(SONG);
  await expect(page.getByTestId('project-page')).toHaveAttribute('data-state', 'open', { timeout: 60_000 });
}

test('a project with its sample is shown, plays and goes out again', async ({ page }) => {
  await openSong(page);
  await expect(page.getByTestId('project-title')).toHaveText('Night Drive');
  await expect(page.getByRole('list', { name: 'Mixer' }).getByText('Piano One')).toBeVisible();
  await page.getByRole('tab', { name: /Samples/ }).click();
  await expect(page.getByRole('cell', { name: 'found', exact: true })).toBeVisible();
  await page.getByTestId('project-play').click();
  await expect(page.getByTestId('project-position')).not.toHaveText('1.1', { timeout: 20_000 });
  await page.keyboard.press('Space');

  await page.getByRole('button', { name: 'Export the project' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /DAWproject/ }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('Night Drive.dawproject');
  await page.getByTestId('project-input').setInputFiles(await download.path());
  await expect(page.getByTestId('project-title')).toHaveText('Night Drive');
  await page.getByRole('tab', { name: /Patterns/ }).click();
  await expect(page.getByTestId('pattern-roll')).toBeVisible();
});

/** A project folder on disk: an FL-like project file beside the folder its sample lies in. */
function songFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'loopmind-song-'));
  const song = path.join(folder, 'Night Drive');
  mkdirSync(path.join(song, 'Samples'), { recursive: true });
  const xml = PROJECT_XML.replace(
    'path="audio/tone.wav"',
    'path="C:\\\\Beats\\\\Night Drive\\\\Samples\\\\tone.wav"',
  );
  writeFileSync(
    path.join(song, 'Night Drive.dawproject'),
    zipSync({
      'project.xml': strToU8(xml),
      'metadata.xml': strToU8('<MetaData><Title>Night Drive</Title></MetaData>'),
    }),
  );
  writeFileSync(path.join(song, 'Samples', 'tone.wav'), toneWav());
  return song;
}

/** Drags something from the desktop onto the page, as the browser itself would see it. */
async function dropFromDesktop(page: Page, file: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data });
  }
  await session.detach();
}

test('a project folder dropped with its samples is seen, plays and goes out', async ({ page }) => {
  await open(page, 'projects/');
  await dropFromDesktop(page, songFolder());
  await expect(page.getByTestId('project-title')).toHaveText('Night Drive', { timeout: 60_000 });
  await page.getByRole('tab', { name: /Samples/ }).click();
  await expect(page.getByRole('cell', { name: 'found', exact: true })).toBeVisible();
  await page.keyboard.press('Home');
  await page.keyboard.press('Space');
  await expect(page.getByTestId('project-position')).not.toHaveText('1.1', { timeout: 20_000 });
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Export the project' }).focus();
  await page.keyboard.press('Enter');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /DAWproject/ }).press('Enter'),
  ]);
  const files = unzipSync(new Uint8Array(readFileSync(await download.path())));
  expect(Object.keys(files).some((name) => name.endsWith('tone.wav'))).toBe(true);
});

test('what is no project is refused in words, and the page stays usable', async ({ page }) => {
  await open(page, 'projects/');
  await page.getByTestId('project-input').setInputFiles({
    name: 'song.flp',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from('no project'),
  });
  await expect(page.getByTestId('project-error')).toContainText('could not be read');
  await page.getByTestId('project-input').setInputFiles(SONG);
  await expect(page.getByTestId('project-title')).toHaveText('Night Drive');
});

test('axe finds nothing serious on the projects page, wide and narrow', async ({ page }) => {
  await openSong(page);
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 844 });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test('a mixer wider than the page is walked through by keyboard, and the page stays where it is', async ({
  page,
}) => {
  const tracks = Array.from({ length: 40 }, (_, i) => i + 1)
    .map(
      (
        i,
      ) => `<Track id="t${i}" name="Track ${i}" contentType="notes"><Channel id="c${i}" role="regular"><Devices>
<Vst3Plugin deviceName="Plug-in ${i}" deviceRole="audioFX" id="d${i}"><Parameters><RealParameter name="A parameter with a long name" id="p${i}" unit="hertz"
value="1234.5"/></Parameters></Vst3Plugin></Devices></Channel></Track>`,
    )
    .join('');
  const xml = `<Project version="1.0"><Application name="T" version="1"/><Structure>${tracks}</Structure><Arrangement/></Project>`;
  await open(page, 'projects/');
  await page.getByTestId('project-input').setInputFiles({
    name: 'Wide.dawproject',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(zipSync({ 'project.xml': strToU8(xml) })),
  });
  await expect(page.getByTestId('project-page')).toHaveAttribute('data-state', 'open', { timeout: 60_000 });
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 844 });
    const last = page.getByRole('list', { name: 'Mixer' }).getByRole('button', { name: /Plug-in 40/ });
    await page.getByRole('tab', { name: /Mixer/ }).focus();
    await last.focus();
    await expect(last).toBeInViewport();
    await page.keyboard.press('Enter');
    await expect(last).toHaveAttribute('aria-expanded', 'true');
    await page.keyboard.press('Enter');
    await expect(last).toHaveAttribute('aria-expanded', 'false');
    expect(await page.evaluate(() => document.documentElement.scrollLeft + document.body.scrollLeft)).toBe(0);
    expect(await page.evaluate(() => document.body.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test('a real Logic folder opens from its files', async ({ page }) => {
  const bundle = path.join(daw, 'band_Helpfeel', 'Helpfeel.band');
  test.skip(!existsSync(bundle), `no test data at ${daw}`);
  expect(readdirSync(bundle)).toContain('Alternatives');
  await open(page, 'projects/');
  await page.getByTestId('project-folder-input').setInputFiles(bundle);
  await expect(page.getByTestId('project-title')).toHaveText('helpfeel', { timeout: 60_000 });
});

test('a project chosen before the page is alive opens once it is', async ({ page }) => {
  let letScriptsLoad = (): void => undefined;
  const held = new Promise<void>((resolve) => (letScriptsLoad = resolve));
  await page.route('**/_app/**/*.js', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('projects/', { waitUntil: 'commit' });
  await page.getByTestId('project-input').setInputFiles(SONG);
  await expect(page.locator('[data-ready]')).toHaveCount(0);
  letScriptsLoad();
  await expect(page.getByTestId('project-title')).toHaveText('Night Drive', { timeout: 60_000 });
});
