import { expect, test, type Page } from '@playwright/test';
import { open, runDemo } from './helpers/page';

/** One finished demo job, worked on by every test in turn. */
test.describe.configure({ mode: 'serial' });
let page: Page;
let errors: string[];

test.beforeAll(async ({ browser }) => {
  errors = [];
  page = await browser.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  await open(page);
  await runDemo(page);
  await expect(page.getByTestId('play')).toBeEnabled({ timeout: 90_000 });
});
test.afterAll(async () => {
  expect(errors).toEqual([]);
  await page.close();
});

const row = (text: string) => page.getByTestId('track-row').filter({ hasText: text });
const undo = () => page.getByRole('button', { name: /^Undo/ });

test('space plays and stops, the position moves, A flips between original and MIDI', async () => {
  const position = page.getByLabel('Position');
  const before = await position.innerText();
  await page.keyboard.press('Space');
  await expect(page.getByTestId('play')).toHaveAttribute('aria-label', 'Stop');
  await expect.poll(() => position.innerText()).not.toBe(before);
  const fader = page.getByRole('slider', { name: 'Original to MIDI' });
  await expect(fader).toHaveValue('0');
  await page.keyboard.press('a');
  await expect(fader).toHaveValue('1');
  await page.keyboard.press('a');
  await expect(fader).toHaveValue('0');
  await page.keyboard.press('Space');
  await expect(page.getByTestId('play')).toHaveAttribute('aria-label', 'Play');
  await page.keyboard.press('Home');
  await expect(position).toContainText('0:00.0');
});

test('M, S and Ctrl+Z act on the selected track', async () => {
  const first = page.getByTestId('track-row').first();
  const mute = first.getByRole('button', { name: /^Mute/ });
  const solo = first.getByRole('button', { name: /^Solo/ });
  await page.keyboard.press('m');
  await expect(mute).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('s');
  await expect(solo).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(mute).toHaveAttribute('aria-pressed', 'false');
  await expect(solo).toHaveAttribute('aria-pressed', 'false');
});

test('a drag over the tracks marks a region; L loops it', async () => {
  const lane = page.getByTestId('track-row').first().locator('.lane').first();
  const box = (await lane.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.25, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20, { steps: 5 });
  await page.mouse.up();
  const loop = page.getByRole('button', { name: 'Loop the region' });
  await expect(loop).toBeEnabled();
  await page.keyboard.press('l');
  await expect(loop).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('l');
  await expect(loop).toHaveAttribute('aria-pressed', 'false');
});

test('a click on a lane seeks', async () => {
  const box = (await page.getByTestId('track-row').first().locator('.lane').first().boundingBox())!;
  await page.mouse.click(box.x + box.width * 0.5, box.y + 20);
  await expect(page.getByLabel('Position')).toContainText('0:15');
});

test('sensitivity finds more or fewer notes, and undo takes it back', async () => {
  const hits = row('hits').locator('.count');
  await row('hits').locator('.title').click();
  const before = await hits.innerText();
  const slider = page.getByRole('slider', { name: 'Sensitivity' });
  await slider.focus();
  await slider.press('Home');
  await expect(hits).not.toHaveText(before);
  await undo().click();
  await expect(hits).toHaveText(before);
});

test('quantise is previewed and undoable', async () => {
  await page.getByLabel('Preview').check();
  await page.screenshot({ path: 'screenshots/quantise-1440.png' });
  await page.getByRole('button', { name: 'Quantise the track' }).click();
  await expect(page.getByRole('button', { name: 'Undo: Quantise' })).toBeEnabled();
  await undo().click();
});

test('tempo, metre and key can be corrected', async () => {
  const chip = page.getByRole('button', { name: /^Tempo/ });
  const before = (await chip.textContent()) ?? '';
  await chip.click();
  await page.getByRole('button', { name: 'Double' }).click();
  await expect(chip).not.toHaveText(before);
  await page.screenshot({ path: 'screenshots/tempo-1440.png' });
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+z');
  await expect(chip).toHaveText(before);
});

test('a pitched track can be given another instrument', async () => {
  const pitched = page.getByTestId('track-row').filter({ hasText: 'notes' }).last();
  await pitched.locator('.title').click();
  await page.screenshot({ path: 'screenshots/roll-1440.png' });
  await pitched.getByRole('button', { name: /^Change the instrument/ }).click();
  const picker = page.getByRole('dialog', { name: /^Change the instrument/ });
  await picker.getByRole('button', { name: 'Guitar' }).click();
  await picker.getByRole('button', { name: 'Nylon Guitar' }).click();
  await expect(page.getByText('Nylon Guitar').first()).toBeVisible();
  await undo().click();
});

test('notes are drawn, chosen, copied, moved and deleted by the tools and keys of the roll', async () => {
  await row('hits').locator('.title').click();
  const roll = page.getByRole('application');
  const hits = async (): Promise<number> => Number.parseInt(await row('hits').locator('.count').innerText());
  const before = await hits();
  await roll.focus();
  for (const [key, tool] of [
    ['b', 'Paint'],
    ['d', 'Delete'],
    ['c', 'Cut'],
    ['e', 'Select'],
    ['p', 'Draw'],
  ] as const) {
    await page.keyboard.press(key);
    const button = page.getByRole('toolbar', { name: 'Note tools' }).getByRole('button', { name: tool });
    await expect(button.first()).toHaveAttribute('aria-pressed', 'true');
  }
  // The crash lane is the highest, and empty.
  const box = (await roll.boundingBox())!;
  await page.mouse.click(box.x + 200, box.y + 12);
  await expect.poll(hits).toBe(before + 1);
  await page.keyboard.press('Control+d');
  await expect.poll(hits).toBe(before + 2);
  await page.keyboard.press('ArrowRight');
  await expect(undo()).toBeEnabled();
  await page.keyboard.press('e');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await expect.poll(hits).toBe(0);
  for (let steps = 0; steps < 4; steps++) await page.keyboard.press('Control+z');
  await expect.poll(hits).toBe(before);
});

test('the wheel over a note changes how hard it was struck, as a step of its own', async () => {
  const roll = page.getByRole('application');
  const count = row('hits').locator('.count');
  const before = await count.innerText();
  const box = (await roll.boundingBox())!;
  await roll.focus();
  await page.keyboard.press('p');
  await page.mouse.click(box.x + 200, box.y + 12);
  await expect(count).not.toHaveText(before);
  const drawn = await count.innerText();
  await page.keyboard.press('e');
  await page.mouse.move(box.x + 202, box.y + 12);
  await page.mouse.wheel(0, -100);
  // The steps of one turn of the wheel are gathered before they are kept.
  await page.waitForTimeout(1000);
  await page.keyboard.press('Control+z');
  await expect(count).toHaveText(drawn);
  await page.keyboard.press('Control+z');
  await expect(count).toHaveText(before);
  // A note that an undo took away is not chosen any more.
  await expect(page.getByRole('button', { name: 'Quantise the track' })).toBeVisible();
});

test('a track can be dragged out as a MIDI file', async () => {
  const button = page.getByTestId('download-midi').first();
  await button.hover();
  // The file is written as the pointer comes near: until then there is nothing to drag.
  const dragged = (): Promise<string> =>
    button.evaluate((element) => {
      const dataTransfer = new DataTransfer();
      const event = new DragEvent('dragstart', { bubbles: true, cancelable: true, dataTransfer });
      element.dispatchEvent(event);
      return dataTransfer.getData('DownloadURL');
    });
  await expect.poll(dragged).toMatch(/^audio\/midi:LoopMind demo - Drums\.mid:blob:/);
  const url = (await dragged()).replace(/^audio\/midi:[^:]*:/, '');
  const head = await page.evaluate(
    async (address) => new TextDecoder().decode((await (await fetch(address)).arrayBuffer()).slice(0, 4)),
    url,
  );
  expect(head).toBe('MThd');
});

test('the numbers of the mixer can be typed; Escape keeps what was', async () => {
  const inspector = page.getByRole('complementary', { name: 'Selected track' });
  const number = (name: string) => inspector.getByRole('button', { name: new RegExp(`^${name}: `) });
  await number('Gain').click();
  await page.keyboard.type('-6.5');
  await page.keyboard.press('Enter');
  await expect(number('Gain')).toHaveText('−6.5 dB');
  await expect(inspector.getByRole('slider', { name: 'Gain' })).toHaveValue('-6.5');
  await number('Pan').click();
  await page.keyboard.type('-30');
  await page.keyboard.press('Enter');
  await expect(number('Pan')).toHaveText('30 % left');
  await number('Gain').click();
  await page.keyboard.type('3');
  await page.keyboard.press('Escape');
  await expect(number('Gain')).toHaveText('−6.5 dB');
  await undo().click();
  await undo().click();
  await expect(number('Gain')).toHaveText('0 dB');
});

test('on a phone it is one column with the transport below', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await expect(page.getByTestId('play')).toBeInViewport();
  // The roll keeps a height that fingers can work in, its tools in view.
  const roll = page.getByRole('application');
  await roll.scrollIntoViewIfNeeded();
  expect((await roll.boundingBox())!.height).toBeGreaterThan(200);
  await page.getByRole('button', { name: 'Zoom to selection' }).click({ trial: true });
  await page.screenshot({ path: 'screenshots/done-390.png' });
  await page.setViewportSize({ width: 1440, height: 900 });
});
