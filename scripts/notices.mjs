#!/usr/bin/env node
// Writes THIRD-PARTY-NOTICES.md: every package that reaches the browser, every model, every sample, with its licence.
// --check fails where the file is out of date.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib/run.mjs';

function packages() {
  const tree = JSON.parse(
    execFileSync('npm', ['ls', '--omit=dev', '--all', '--json', '--silent'], {
      cwd: root,
      maxBuffer: 2 ** 26,
    }),
  );
  const seen = new Map();
  const visit = (dependencies) => {
    for (const [name, { version, dependencies: inner }] of Object.entries(dependencies ?? {})) {
      if (version === undefined) continue;
      seen.set(name, version);
      visit(inner);
    }
  };
  visit(tree.dependencies);
  return [...seen].sort(([a], [b]) => a.localeCompare(b));
}

function licenceOf(name) {
  const folder = path.join(root, 'node_modules', name);
  const file = path.join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof license === 'string') return license;
  if (license?.type) return license.type;
  return licenses?.map(({ type }) => type).join(' OR ') ?? 'see its folder';
}

/** Licence files that lie beside shipped sounds and songs. */
function assetLicences(folder) {
  const at = path.join(root, 'static', folder);
  if (!existsSync(at)) return [];
  return readdirSync(at, { recursive: true })
    .filter((file) => /^(LICEN[CS]E|COPYING)/.test(path.basename(file)))
    .map((file) => path.posix.join('static', folder, file));
}

const { models } = JSON.parse(readFileSync(path.join(root, 'static/models/manifest.json'), 'utf8'));
const lines = [
  '# Third-party notices',
  '',
  'LoopMind is AGPL-3.0-or-later. What it is built from keeps its own licence. Written by `node scripts/notices.mjs`.',
  '',
  '## Packages in the site',
  '',
  '| package | version | licence |',
  '| --- | --- | --- |',
  ...packages().flatMap(([name, version]) => {
    const licence = licenceOf(name);
    return licence === undefined ? [] : [`| ${name} | ${version} | ${licence} |`];
  }),
  '',
  '## Models',
  '',
  '| model | version | licence | source |',
  '| --- | --- | --- | --- |',
  ...models.map(
    (m) =>
      `| [${m.name}](static/models/${m.card}) | ${m.version} | ${m.licence} | ${m.attribution ?? m.source} |`,
  ),
  '',
  '## Sounds, songs and fonts',
  '',
  ...['instruments', 'demo'].flatMap(assetLicences).map((file) => `- [${file}](${file})`),
  '- Inter (SIL Open Font License 1.1), packaged by Fontsource.',
  '',
];
const file = path.join(root, 'THIRD-PARTY-NOTICES.md');
const text = lines.join('\n');
const squeeze = (markdown) => markdown.replace(/[ -]+/g, ' ');
if (process.argv.includes('--check')) {
  if (!existsSync(file) || squeeze(readFileSync(file, 'utf8')) !== squeeze(text)) {
    console.error('THIRD-PARTY-NOTICES.md is out of date: run node scripts/notices.mjs');
    process.exit(1);
  }
} else writeFileSync(file, text);
