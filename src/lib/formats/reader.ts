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

/** A dropped folder may hold thousands of samples, and every reader looks at every file: each head is read once. */
const heads = new WeakMap<Blob, Promise<Uint8Array<ArrayBuffer>>>();
const HEAD_BYTES = 1024;

/** The first `count` bytes of a file, at most 1024. */
export async function peek(file: InputFile, count: number): Promise<Uint8Array> {
  return (await headOf(file.blob, HEAD_BYTES)).subarray(0, count);
}

/** All bytes of a file. */
export async function readBytes({ blob }: InputFile): Promise<Uint8Array<ArrayBuffer>> {
  const head = await heads.get(blob);
  return head?.length === blob.size ? head : new Uint8Array(await blob.arrayBuffer());
}

/** Files up to `wholeBytes` are read whole. */
function headOf(blob: Blob, wholeBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  let head = heads.get(blob);
  if (head === undefined) {
    const part = blob.size <= wholeBytes ? blob : blob.slice(0, HEAD_BYTES);
    head = part.arrayBuffer().then((buffer) => new Uint8Array(buffer));
    heads.set(blob, head);
  }
  return head;
}

const PARALLEL_READS = 64;
/** A read is a round trip to another process: among few files a small one is read whole, so that its reader needs no second. */
const FEW_FILES = 16;
const SMALL_FILE_BYTES = 262_144;

/** Reads the heads of many files side by side, so that the readers find them there. */
export async function prefetchHeads(files: readonly InputFile[]): Promise<void> {
  const wholeBytes = files.length <= FEW_FILES ? SMALL_FILE_BYTES : HEAD_BYTES;
  for (let i = 0; i < files.length; i += PARALLEL_READS) {
    await Promise.all(files.slice(i, i + PARALLEL_READS).map(({ blob }) => headOf(blob, wholeBytes)));
  }
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
