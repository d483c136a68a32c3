import { peek, type InputFile } from './reader';
import { openArchive } from './zip/zip-archive';

/** More than this inflated at once would not fit beside the page; only the projects in such an archive are taken. */
const MAX_INFLATED_BYTES = 512_000_000;
const PROJECT_NAME = /\.(flp|als|midi?|rmi|kar|dawproject)$/i;

/**
 * Replaces zip archives (a packed project folder, an FL Studio "loop package") by what is in them; other files stay.
 * Archives that cannot be read stay as they are, for a reader to complain about.
 */
export async function expandArchives(files: readonly InputFile[]): Promise<readonly InputFile[]> {
  const expanded = await Promise.all(files.map(expand));
  return expanded.flat();
}

async function expand(file: InputFile): Promise<readonly InputFile[]> {
  const head = await peek(file, 4);
  if (head[0] !== 0x50 || head[1] !== 0x4b) return [file];
  try {
    const entries = (await openArchive(file.blob)).filter(({ path }) => !path.startsWith('__MACOSX/'));
    const total = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const wanted =
      total <= MAX_INFLATED_BYTES ? entries : entries.filter(({ path }) => PROJECT_NAME.test(path));
    const inside: InputFile[] = [];
    for (const entry of wanted) inside.push({ path: entry.path, blob: await entry.blob() });
    return inside;
  } catch {
    return [file];
  }
}
