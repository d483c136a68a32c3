#!/usr/bin/env node
// npm test: installs what is missing (a browser included), then runs every check; stops at the end, not at the first failure.
import { ensurePackages, run } from './lib/run.mjs';

ensurePackages();
const { ensureBrowser } = await import('./lib/browser.mjs');
const CHROMIUM = await ensureBrowser();

const steps = [
  ['format', 'npx', ['prettier', '--check', '--log-level', 'warn', '.']],
  ['types', 'npm', ['run', '--silent', 'types']],
  ['lint', 'npm', ['run', '--silent', 'lint']],
  ['dead code', 'npx', ['knip']],
  ['models', 'node', ['scripts/build-manifest.mjs', '--check']],
  ['unit', 'npm', ['run', '--silent', 'unit']],
  ['build', 'npx', ['vite', 'build', '--logLevel', 'warn']],
  ['e2e', 'npx', ['playwright', 'test']],
];

const results = [];
for (const [name, command, args] of steps) {
  console.log(`\n— ${name}`);
  const started = Date.now();
  const ok = run(command, args, { CHROMIUM }) === 0;
  results.push({ name, ok, seconds: Math.round((Date.now() - started) / 1000) });
}

console.log('');
for (const { name, ok, seconds } of results) console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
const failed = results.filter(({ ok }) => !ok).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
