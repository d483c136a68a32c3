#!/usr/bin/env node
// node scripts/robustness.mjs [--e2e] [part of a row's name]: takes the handling of every robustness row out of the
// source, one at a time, and checks that its test then fails. Rows whose test needs the built site are only run with
// --e2e: each builds it twice. node scripts/robustness.mjs --table only writes docs/robustness.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './lib/run.mjs';
import { ROWS } from './lib/robustness-rows.mjs';

const args = process.argv.slice(2);
const withE2e = args.includes('--e2e');
const wanted = args.find((arg) => !arg.startsWith('--'));

/** The exit status of a test and what it printed. */
function runTest({ project, file, name }) {
  if (project === 'e2e') {
    const built = quiet('npx', ['vite', 'build', '--logLevel', 'error']);
    return built.status === 0 ? quiet('npx', ['playwright', 'test', file, '-g', name]) : built;
  }
  return quiet('npx', ['vitest', 'run', '--project', project, file, '-t', name]);
}

function quiet(command, commandArgs) {
  const { status, stdout, stderr } = spawnSync(command, commandArgs, { cwd: root, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

/** A test that was never run cannot have failed because of the mutation. */
function ranAndFailed({ status, output }) {
  return status !== 0 && /\d+ failed/.test(output);
}

function check(row) {
  const file = path.join(root, row.handling.file);
  const source = readFileSync(file, 'utf8');
  const { from, to } = row.handling;
  if (source.split(from).length !== 2) return `the handling is not found once in ${row.handling.file}`;
  const whole = runTest(row.test);
  if (whole.status !== 0) return `the test fails with the handling in place\n${whole.output}`;
  writeFileSync(
    file,
    source.replace(from, () => to),
  );
  try {
    return ranAndFailed(runTest(row.test)) ? undefined : 'the test passes without the handling';
  } finally {
    writeFileSync(file, source);
  }
}

function table(rows) {
  const cells = rows.map(({ title, handling, test }) => [
    title,
    `${handling.words} (\`${handling.file}\`)`,
    `“${test.name}” (\`${test.file}\`)`,
  ]);
  return [['row', 'handling', 'the test that fails without it'], ['---', '---', '---'], ...cells]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

function writeTable() {
  const text = `# Robustness

What a user can drop in, and what can go wrong around it. \`node scripts/robustness.mjs --e2e\` takes the handling of each row
out of the source, one row at a time, and checks that the test passes before and fails after.

${table(ROWS)}
`;
  writeFileSync(path.join(root, 'docs', 'robustness.md'), text);
  return quiet('npx', ['prettier', '--write', 'docs/robustness.md']).status ?? 1;
}

if (args.includes('--table')) process.exit(writeTable());

const rows = ROWS.filter(
  ({ title, test }) =>
    (withE2e || test.project !== 'e2e') && (wanted === undefined || title.includes(wanted)),
);
let failed = 0;
for (const row of rows) {
  const problem = check(row);
  if (problem !== undefined) failed++;
  console.log(`${problem === undefined ? 'held' : 'OPEN'}  ${row.title}: ${problem ?? row.test.name}`);
}
console.log(`${rows.length - failed} of ${rows.length} rows are held by a test`);
process.exit(failed === 0 ? 0 : 1);
