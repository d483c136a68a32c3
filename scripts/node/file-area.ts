import { openAsBlob } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileArea, StoredFile } from '$lib/inference/files/file-area';

/** Files below a folder of the disk. */
export function nodeFileArea(root: string): FileArea {
  const at = (file: string): string => path.join(root, file);
  return {
    async read(file) {
      const found = await stat(at(file)).catch(() => undefined);
      return found?.isFile() === true ? openAsBlob(at(file)) : undefined;
    },
    async create(file) {
      await mkdir(path.dirname(at(file)), { recursive: true });
      const handle = await open(at(file), 'w+');
      let end = 0;
      return {
        async write(bytes, atByte = end) {
          await handle.write(bytes, 0, bytes.byteLength, atByte);
          end = Math.max(end, atByte + bytes.byteLength);
        },
        close: () => handle.close(),
      };
    },
    remove: (file) => rm(at(file), { recursive: true, force: true }),
    async list(folder) {
      const entries = await readdir(at(folder), { recursive: true, withFileTypes: true }).catch(() => []);
      const files: StoredFile[] = [];
      for (const entry of entries.filter((each) => each.isFile())) {
        const full = path.join(entry.parentPath, entry.name);
        files.push({ path: path.relative(root, full), bytes: (await stat(full)).size });
      }
      return files;
    },
    estimate: () => Promise.resolve(undefined),
  };
}
