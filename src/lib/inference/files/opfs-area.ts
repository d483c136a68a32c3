import { AppError } from '$lib/core/errors';
import type { FileArea, FileSink, StoredFile } from './file-area';

/** The origin private file system. Writing needs a worker (sync access handles). Undefined where it is refused. */
export async function opfsArea(): Promise<FileArea | undefined> {
  try {
    const root = await navigator.storage.getDirectory();
    return areaAt(root);
  } catch {
    // Private windows of some browsers and insecure origins have no such storage.
    return undefined;
  }
}

function areaAt(root: FileSystemDirectoryHandle): FileArea {
  const folder = async (parts: readonly string[], create: boolean): Promise<FileSystemDirectoryHandle> => {
    let handle = root;
    for (const part of parts) handle = await handle.getDirectoryHandle(part, { create });
    return handle;
  };
  const split = (path: string): { parents: string[]; name: string } => {
    const parts = path.split('/');
    return { parents: parts.slice(0, -1), name: parts.at(-1)! };
  };
  return {
    async read(path) {
      const { parents, name } = split(path);
      try {
        return await (await (await folder(parents, false)).getFileHandle(name)).getFile();
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw storageError(error);
      }
    },
    async create(path) {
      const { parents, name } = split(path);
      try {
        const handle = await (await folder(parents, true)).getFileHandle(name, { create: true });
        return sinkOf(await handle.createSyncAccessHandle());
      } catch (error) {
        throw storageError(error);
      }
    },
    async remove(path) {
      const { parents, name } = split(path);
      try {
        await (await folder(parents, false)).removeEntry(name, { recursive: true });
      } catch (error) {
        if (!isMissing(error)) throw storageError(error);
      }
    },
    async list(path) {
      const out: StoredFile[] = [];
      try {
        await collect(await folder(path === '' ? [] : path.split('/'), false), path, out);
      } catch (error) {
        if (!isMissing(error)) throw storageError(error);
      }
      return out;
    },
    async estimate() {
      const { usage, quota } = await navigator.storage.estimate();
      return usage === undefined || quota === undefined ? undefined : { usedBytes: usage, quotaBytes: quota };
    },
  };
}

function sinkOf(handle: FileSystemSyncAccessHandle): FileSink {
  let end = 0;
  try {
    handle.truncate(0);
  } catch (error) {
    handle.close();
    throw error;
  }
  return {
    write(bytes, atByte = end) {
      try {
        const written = handle.write(bytes, { at: atByte });
        if (written < bytes.byteLength)
          throw new AppError('storage-full', `${written} of ${bytes.byteLength} bytes`);
        end = Math.max(end, atByte + written);
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(storageError(error));
      }
    },
    close() {
      try {
        handle.flush();
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(storageError(error));
      } finally {
        handle.close();
      }
    },
  };
}

async function collect(folder: FileSystemDirectoryHandle, path: string, out: StoredFile[]): Promise<void> {
  for await (const [name, handle] of folder.entries()) {
    const childPath = path === '' ? name : `${path}/${name}`;
    if (handle.kind === 'directory') await collect(handle as FileSystemDirectoryHandle, childPath, out);
    else out.push({ path: childPath, bytes: (await (handle as FileSystemFileHandle).getFile()).size });
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError')
  );
}

function storageError(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  if (error.name === 'QuotaExceededError')
    return new AppError('storage-full', error.message, { cause: error });
  return new AppError('storage-unavailable', `${error.name}: ${error.message}`, { cause: error });
}
