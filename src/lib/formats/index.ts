import type { ReadResult } from '../core/project';
import { FormatError } from '../core/errors';
import type { FormatReader, InputFile } from './reader';
import { READERS } from './readers';
import { resolveSamples } from './resolve-samples';

export type { InputFile } from './reader';

/**
 * Opens whatever project is among the files: a single file, or everything in a dropped folder (the rest may be its
 * samples). Readers are chosen by content, not by name. Throws FormatError where nothing is a project or nothing can
 * be saved from it.
 */
export async function openProject(files: readonly InputFile[]): Promise<ReadResult> {
  const match = await findReader(files);
  if (match === undefined) {
    const first = files[0];
    throw new FormatError(
      0,
      'an FL Studio, Ableton Live, Logic, GarageBand, DAWproject or MIDI file',
      first === undefined ? 'no file' : `"${first.path}"`,
    );
  }
  const { project } = await match.reader.read(match.files, files);
  const resolved = resolveSamples(project, files);
  return { project: resolved, warnings: resolved.warnings };
}

async function findReader(
  files: readonly InputFile[],
): Promise<{ reader: FormatReader; files: readonly InputFile[] } | undefined> {
  for (const reader of READERS) {
    const claimed = await reader.claim(files);
    if (claimed.length > 0) return { reader, files: claimed };
  }
  return undefined;
}
