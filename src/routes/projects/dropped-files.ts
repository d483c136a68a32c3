import type { DroppedFile } from '$lib/state/project-desk.svelte';

/** More than a sample library in one drop would hang the page; a project needs its own folder only. */
const MAX_FILES = 20_000;

/** Everything that was dropped, folders with what they hold. Must be called while the drop event is handled. */
export async function droppedFiles(transfer: DataTransfer): Promise<DroppedFile[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const found: DroppedFile[] = [];
  for (const entry of entries) await collect(entry, found);
  return found;
}

async function collect(entry: FileSystemEntry, found: DroppedFile[]): Promise<void> {
  if (found.length >= MAX_FILES) return;
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    const blob = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    found.push({ path, blob });
    return;
  }
  for (const child of await children(entry as FileSystemDirectoryEntry)) await collect(child, found);
}

/** A directory hands out its entries in portions until it gives none. */
async function children(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (portion.length === 0) return all;
    all.push(...portion);
  }
}

/** Files of an input; with their folders where a folder was picked. */
export function pickedFiles(list: FileList | null): DroppedFile[] {
  return [...(list ?? [])].map((blob) => ({ path: blob.webkitRelativePath || blob.name, blob }));
}
