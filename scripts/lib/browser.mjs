import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { run } from './run.mjs';

const SYSTEM_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

async function playwrightChromium() {
  const { chromium } = await import('@playwright/test');
  const file = chromium.executablePath();
  return existsSync(file) ? file : undefined;
}

function installDebianChromium() {
  const isRoot = typeof process.getuid === 'function' && process.getuid() === 0;
  const apt = (...args) => (isRoot ? run('apt-get', args) : run('sudo', ['-n', 'apt-get', ...args]));
  if (spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status !== 0) return;
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
}

/** Path of a Chromium: $CHROMIUM, the system's, Playwright's, else one that is installed now. Exits where there is none. */
export async function ensureBrowser() {
  const system = () => [process.env.CHROMIUM, ...SYSTEM_PATHS].find((file) => file && existsSync(file));
  const found = system() ?? (await playwrightChromium());
  if (found) return found;
  console.log('Installing a browser…');
  if (run('npx', ['playwright', 'install', 'chromium']) === 0) {
    const file = await playwrightChromium();
    if (file) return file;
  }
  installDebianChromium();
  const installed = system();
  if (installed) return installed;
  console.error('No Chromium found. Install one, or name it: CHROMIUM=/path/to/chromium npm test');
  process.exit(1);
}
