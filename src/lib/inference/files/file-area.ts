import { AppError } from '$lib/core/errors';

/** A place for files named by paths such as `jobs/<id>/stems/drums.wav`. */
export interface FileArea {
  /** Undefined where there is no such file. The blob is read lazily: it holds no copy of the content. */
  read(path: string): Promise<Blob | undefined>;
  /** Opens a file for writing, replacing what was there. Rejects with AppError 'storage-full' when out of room. */
  create(path: string): Promise<FileSink>;
  /** Removes a file or a folder with all it holds; nothing happens where it is missing. */
  remove(path: string): Promise<void>;
  /** Every file below a folder, paths from the root of the area. */
  list(folder: string): Promise<readonly StoredFile[]>;
  /** Undefined where nobody can say. */
  estimate(): Promise<{ readonly usedBytes: number; readonly quotaBytes: number } | undefined>;
}

export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
}

export interface FileSink {
  /** At the end of what has been appended, or over bytes that are already there. */
  write(bytes: Uint8Array<ArrayBuffer>, atByte?: number): Promise<void>;
  close(): Promise<void>;
}

export async function writeFile(
  area: FileArea,
  path: string,
  content: Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>,
): Promise<void> {
  const sink = await area.create(path);
  try {
    if (content instanceof Uint8Array) await sink.write(content);
    else {
      const reader = (content instanceof Blob ? content.stream() : content).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        await sink.write(part.value as Uint8Array<ArrayBuffer>);
      }
    }
    await sink.close();
  } catch (error) {
    await sink.close().catch(() => undefined);
    await area.remove(path);
    throw error;
  }
}

/** Keeps files in memory: for tests, and where the browser lets the page store nothing. */
export function memoryFileArea(): FileArea {
  const files = new Map<string, Blob>();
  const below = (path: string): string[] =>
    [...files.keys()].filter((key) => key === path || key.startsWith(`${path}/`));
  return {
    read: (path) => Promise.resolve(files.get(path)),
    create(path) {
      let blob = new Blob([]);
      let isOpen = true;
      files.set(path, blob);
      return Promise.resolve({
        write(bytes, atByte = blob.size) {
          if (!isOpen) return Promise.reject(new AppError('storage-unavailable', `${path} is closed`));
          blob = new Blob([blob.slice(0, atByte), bytes, blob.slice(atByte + bytes.byteLength)]);
          return Promise.resolve();
        },
        close() {
          isOpen = false;
          files.set(path, blob);
          return Promise.resolve();
        },
      });
    },
    remove(path) {
      for (const key of below(path)) files.delete(key);
      return Promise.resolve();
    },
    list: (folder) => Promise.resolve(below(folder).map((path) => ({ path, bytes: files.get(path)!.size }))),
    estimate: () => Promise.resolve(undefined),
  };
}
