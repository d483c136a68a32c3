import type { ProjectFormat, ReadResult } from '../core/project';

/** A file as dropped, picked or found inside an archive. Blobs are read lazily, in a page, a worker or Node. */
export interface InputFile {
  /** With its folders where they are known: "My Song.logicx/Alternatives/000/ProjectData". */
  readonly path: string;
  readonly blob: Blob;
}

/** One project format. Register it in readers.ts. */
export interface FormatReader {
  readonly format: ProjectFormat;
  /**
   * The files among `files` that make up one project of this format, judged by content (a few first bytes), or none.
   * Must not throw on any content.
   */
  claim(files: readonly InputFile[]): Promise<readonly InputFile[]>;
  /**
   * Reads what `claim` returned. `all` are all files dropped together, for resolving samples.
   * Throws FormatError only where nothing can be saved.
   */
  read(claimed: readonly InputFile[], all: readonly InputFile[]): Promise<ReadResult>;
}

/** The first `count` bytes of a file. */
export async function peek(file: InputFile, count: number): Promise<Uint8Array> {
  return new Uint8Array(await file.blob.slice(0, count).arrayBuffer());
}

/**
 * A claim for formats that are one file: the first whose head satisfies `isMine`. Projects lie at the top of their
 * folder and their backups below it, so files are asked by depth.
 */
export async function claimByHead(
  files: readonly InputFile[],
  byteCount: number,
  isMine: (head: Uint8Array) => boolean,
): Promise<readonly InputFile[]> {
  const depth = ({ path }: InputFile): number => path.split('/').length;
  for (const file of [...files].sort((a, b) => depth(a) - depth(b))) {
    if (isMine(await peek(file, byteCount))) return [file];
  }
  return [];
}

/** The file's name without folders and without its last extension. */
export function stem(path: string): string {
  const name = path.slice(path.replace(/\/+$/, '').lastIndexOf('/') + 1).replace(/\/+$/, '');
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}
