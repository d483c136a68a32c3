#!/usr/bin/env node
// npm run accuracy [-- --set rendered|real|single]: transcribes the evaluation cases through the built page and scores the ZIPs.
// The kit (cases, scorer) is looked for in ../shared/evaluate (LOOPMIND_EVALUATE), the data in ../shared/testdata
// (LOOPMIND_TESTDATA). Results go to .local/accuracy/<set>/, the table to docs/accuracy-<set>.md.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBrowser } from './lib/browser.mjs';
import { ensurePackages, root, run } from './lib/run.mjs';

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'rendered' },
    'no-build': { type: 'boolean', default: false },
    stems: { type: 'boolean', default: true },
  },
});
const kit = path.resolve(root, process.env.LOOPMIND_EVALUATE ?? '../shared/evaluate');
const data = path.resolve(root, process.env.LOOPMIND_TESTDATA ?? '../shared/testdata');
const local = path.join(root, '.local', 'accuracy');
const cases = process.env.LOOPMIND_CASES ?? path.join(local, 'cases', values.set);
const results = path.join(local, 'results', values.set);
const python = path.join(local, 'venv', 'bin', 'python');
const SOUNDFONT = '/usr/share/sounds/sf2/TimGM6mb.sf2';

function need(status, what) {
  if (status !== 0) {
    console.error(`accuracy: ${what} failed`);
    process.exit(1);
  }
}

function prepareKit() {
  if (!existsSync(path.join(kit, 'score.py'))) {
    console.error(`accuracy: no evaluation kit at ${kit} (set LOOPMIND_EVALUATE)`);
    process.exit(1);
  }
  if (existsSync(python)) return;
  need(run('python3', ['-m', 'venv', path.join(local, 'venv')]), 'making the Python environment');
  need(
    run(python, ['-m', 'pip', 'install', '-q', '-r', path.join(kit, 'requirements.txt')]),
    'installing the scorer',
  );
}

function makeCases() {
  if (existsSync(cases) && readdirSync(cases).length > 0) return;
  mkdirSync(cases, { recursive: true });
  if (values.set === 'real') {
    need(
      run(python, [path.join(kit, 'real_cases.py'), '--data', data, '--out', cases]),
      'making the real cases',
    );
    return;
  }
  const songs = readFileSync(path.join(kit, 'cases.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => path.join(data, 'midi', line));
  const args = [
    '--soundfont',
    SOUNDFONT,
    '--seconds',
    '30',
    '--need-drums',
    '--out',
    cases,
    '--midi',
    ...songs,
  ];
  need(
    run(python, [path.join(kit, 'render_cases.py'), ...args]),
    'rendering the cases (fluidsynth and TimGM6mb are needed)',
  );
}

function formatTable({ mean, cases: rows }) {
  const keys = Object.keys(mean).filter((key) => key !== 'missing' && key !== 'broken');
  const cell = (value) => (typeof value === 'number' ? value.toFixed(3) : '–');
  const lines = Object.entries(rows).map(
    ([name, row]) => `| ${name} | ${keys.map((key) => cell(row[key])).join(' | ')} |`,
  );
  return [
    `| case | ${keys.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(keys.length)}`,
    ...lines,
    `| **mean** | ${keys.map((key) => `**${cell(mean[key])}**`).join(' | ')} |`,
  ].join('\n');
}

function writeTable(scores) {
  const file = path.join(root, 'docs', `accuracy-${values.set}.md`);
  const machine = `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'CPU'}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const text = `# Accuracy: ${values.set} cases\n\nWritten by \`npm run accuracy -- --set ${values.set}\` through the built page in Chromium, default settings.\nMachine: ${machine}. The measures are those of the evaluation kit.\n\n${formatTable(scores)}\n`;
  writeFileSync(file, text);
  run('npx', ['prettier', '--write', '--log-level', 'warn', file]);
  console.log(`written: ${path.relative(root, file)}`);
}

ensurePackages();
prepareKit();
makeCases();
const CHROMIUM = await ensureBrowser();
if (!values['no-build']) need(run('npx', ['vite', 'build', '--logLevel', 'warn']), 'the build');
const { preview } = await import('vite');
const server = await preview({
  root,
  logLevel: 'warn',
  preview: { port: 4174, strictPort: false, host: 'localhost' },
});
const base = server.resolvedUrls?.local[0] ?? 'http://localhost:4174/';
const inputs = readdirSync(cases).map((name) => path.join(cases, name, 'mix.wav'));
const drive = [
  path.join(kit, 'drive.mjs'),
  '--base',
  base,
  '--out',
  results,
  ...(values.stems ? ['--stems'] : []),
  ...inputs,
];
// What an earlier run left would be scored in place of a job that fails now.
rmSync(results, { recursive: true, force: true });
const { spawn } = await import('node:child_process');
const status = await new Promise((resolve) => {
  spawn('node', drive, { cwd: root, stdio: 'inherit', env: { ...process.env, CHROMIUM } }).on(
    'exit',
    resolve,
  );
});
await server.close();
need(status, 'driving the page');
const json = path.join(results, 'scores.json');
need(
  run(python, [path.join(kit, 'score.py'), '--cases', cases, '--results', results, '--json', json]),
  'scoring',
);
writeTable(JSON.parse(readFileSync(json, 'utf8')));
const timings = JSON.parse(readFileSync(path.join(results, 'timings.json'), 'utf8'));
const failed = timings.filter(({ state }) => state !== 'done');
for (const { name, text } of failed) console.error(`accuracy: ${name} was not transcribed: ${text}`);
process.exit(failed.length === 0 ? 0 : 1);
