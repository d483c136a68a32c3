import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** The folder of real-world files, which is no part of the repository. */
const TESTDATA = path.resolve(process.env.LOOPMIND_TESTDATA ?? '../shared/testdata');

/** Whether it is there; tests that need it say so and are skipped where it is not. */
export const hasTestdata = existsSync(path.join(TESTDATA, 'daw'));
if (!hasTestdata) console.warn(`Skipping tests on real files: no folder ${TESTDATA} (LOOPMIND_TESTDATA).`);

export function testdata(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(path.join(TESTDATA, name)));
}

/** All files under a folder of the test data whose name ends so, as paths inside it. */
export function testdataFiles(folder: string, ending: RegExp): string[] {
  if (!hasTestdata) return [];
  const found: string[] = [];
  const walk = (name: string): void => {
    for (const entry of readdirSync(path.join(TESTDATA, name)).sort()) {
      const child = `${name}/${entry}`;
      if (statSync(path.join(TESTDATA, child)).isDirectory()) walk(child);
      else if (ending.test(entry)) found.push(child);
    }
  };
  walk(folder);
  return found;
}
