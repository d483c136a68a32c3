/**
 * npx tsx scripts/format-table.ts
 * Opens every project and MIDI file of the test data through `npm run inspect` and writes docs/formats/files.md.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const testdata = path.resolve(process.env.LOOPMIND_TESTDATA ?? '../shared/testdata');
const BUNDLE = /\.(logicx|band)$/;
const FILE = /\.(flp|fst|als|dawproject|mid|midi)$/;

interface Line {
  readonly file: string;
  readonly ok: boolean;
  readonly error?: string;
  readonly [count: string]: unknown;
}

/** Bundles are folders and count as one project. */
function projects(folder: string): string[] {
  return readdirSync(path.join(testdata, folder))
    .sort()
    .flatMap((entry) => {
      const name = `${folder}/${entry}`;
      if (BUNDLE.test(entry)) return [name];
      if (statSync(path.join(testdata, name)).isDirectory()) return projects(name);
      return FILE.test(entry) ? [name] : [];
    });
}

function inspect(names: readonly string[]): Line[] {
  const run = spawnSync(
    'npx',
    ['tsx', 'scripts/inspect.ts', ...names.map((name) => path.join(testdata, name))],
    {
      encoding: 'utf8',
      maxBuffer: 1e9,
    },
  );
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

const COLUMNS = [
  'format',
  'version',
  'bpm',
  'tracks',
  'clips',
  'patterns',
  'notes',
  'automationPoints',
  'devices',
  'sections',
  'sampleRefs',
] as const;

function row(line: Line): string {
  const name = path.relative(testdata, line.file).replaceAll('|', '\\|');
  if (!line.ok) return `| ${name} | ${'| '.repeat(COLUMNS.length)}not opened: ${line.error} |`;
  const warnings = (line.warningTexts as string[]).join(' ');
  return `| ${name} | ${COLUMNS.map((column) => String(line[column])).join(' | ')} | ${warnings} |`;
}

function table(names: readonly string[]): string {
  return [
    `| File | ${COLUMNS.join(' | ')} | Warnings |`,
    `| --- | ${COLUMNS.map((column) => (column === 'format' || column === 'version' ? '---' : '---:')).join(' | ')} | --- |`,
    ...inspect(names).map(row),
  ].join('\n');
}

const text = `# Every file of the test data, as the readers see it

Written by \`npx tsx scripts/format-table.ts\`. Files whose names say that they are damaged or no project are there to be
refused with a reason.

## Projects

${table(projects('daw'))}

## MIDI

${table(projects('midi'))}
`;
writeFileSync('docs/formats/files.md', text);
