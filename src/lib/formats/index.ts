import type { ReadResult } from '../core/project';
import { FormatError } from '../core/errors';
import { expandArchives } from './expand-archives';
import { prefetchHeads, type FormatReader, type InputFile } from './reader';
import { READERS } from './readers';
import { resolveSamples } from './resolve-samples';

export { expandArchives } from './expand-archives';
export type { InputFile } from './reader';

/**
 * Opens whatever project is among the files: a single file, everything in a dropped folder (the rest may be its
 * samples), or a zip of such a folder. Readers are chosen by content, not by name. Throws FormatError where nothing is
 * a project or nothing can be saved from it.
 */
export async function openProject(files: readonly InputFile[]): Promise<ReadResult> {
  const match = (await findReader(files)) ?? (await findReader(await expandArchives(files)));
  if (match === undefined) {
    const first = files[0];
    throw new FormatError(
      0,
      'an FL Studio, Ableton Live, Logic, GarageBand, DAWproject or MIDI file',
      first === undefined ? 'no file' : `"${first.path}"`,
    );
  }
  const { project } = await match.reader.read(match.claimed, match.all);
  const resolved = resolveSamples(project, match.all);
  return { project: resolved, warnings: resolved.warnings };
}

interface Match {
  readonly reader: FormatReader;
  readonly claimed: readonly InputFile[];
  readonly all: readonly InputFile[];
}

async function findReader(all: readonly InputFile[]): Promise<Match | undefined> {
  await prefetchHeads(all);
  for (const reader of READERS) {
    const claimed = await reader.claim(all);
    if (claimed.length > 0) return { reader, claimed, all };
  }
  return undefined;
}
