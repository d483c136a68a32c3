import { BlobReader, BlobWriter, configure, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { FormatError } from '../../core/errors';

/** Readers already run in a worker; a second one would only copy. */
configure({ useWebWorkers: false });

const MAX_ENTRIES = 100_000;
/** Deflate packs text perhaps 50 times; what claims more, or more than this in all, is a bomb. */
const MAX_RATIO = 200;
const RATIO_FREE_BYTES = 16_000_000;
const MAX_ENTRY_BYTES = 2 ** 31 - 1;

export interface ArchiveEntry {
  readonly path: string;
  readonly sizeBytes: number;
  /** Inflates the entry. Throws FormatError where it is damaged, encrypted or far larger than it can honestly be. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  blob(): Promise<Blob>;
}

/** The files of a zip, read by random access: nothing is inflated before it is asked for. Throws FormatError. */
export async function openArchive(blob: Blob): Promise<readonly ArchiveEntry[]> {
  const reader = new ZipReader(new BlobReader(blob));
  const found: ArchiveEntry[] = [];
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (entry.directory) continue;
      if (found.length >= MAX_ENTRIES)
        throw new FormatError(entry.offset, `at most ${MAX_ENTRIES} files`, 'more');
      const check = (): void => {
        const { uncompressedSize, compressedSize, offset } = entry;
        if (entry.encrypted) throw new FormatError(offset, 'a file without password', 'an encrypted one');
        const honest = Math.max(RATIO_FREE_BYTES, compressedSize * MAX_RATIO);
        if (uncompressedSize > Math.min(honest, MAX_ENTRY_BYTES)) {
          throw new FormatError(offset, `at most ${honest} bytes`, `${uncompressedSize} bytes`);
        }
      };
      const inflate = async <T>(writer: Uint8ArrayWriter | BlobWriter): Promise<T> => {
        check();
        try {
          return (await entry.getData(writer, { checkSignature: true })) as T;
        } catch (error) {
          throw new FormatError(entry.offset, `the contents of "${entry.filename}"`, String(error));
        }
      };
      found.push({
        path: entry.filename,
        sizeBytes: entry.uncompressedSize,
        bytes: () => inflate<Uint8Array<ArrayBuffer>>(new Uint8ArrayWriter()),
        blob: () => inflate<Blob>(new BlobWriter()),
      });
    }
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(0, 'a zip archive', error instanceof Error ? error.message : String(error));
  }
  return found;
}
