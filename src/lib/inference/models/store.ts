import { AppError, isAbort } from '$lib/core/errors';
import { writeFile, type FileArea } from '../files/file-area';
import { MODELS_FOLDER } from '../files/job-paths';
import { sha256Hex } from './hash';
import { entriesFor, type ModelEntry } from './manifest';

export interface ModelStoreOptions {
  readonly area: FileArea;
  /** The folder that model urls are relative to, with a slash at the end. */
  readonly baseUrl: string;
  readonly fetchFile?: typeof fetch;
}

/**
 * Model files, verified by their hash whenever they are loaded and kept for offline use. A damaged file is fetched
 * once more; then it is an AppError 'model-corrupt'.
 */
export class ModelStore {
  readonly #area: FileArea;
  readonly #baseUrl: string;
  readonly #fetch: typeof fetch;
  readonly #loading = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

  constructor(options: ModelStoreOptions) {
    this.#area = options.area;
    this.#baseUrl = options.baseUrl;
    this.#fetch = options.fetchFile ?? ((...args) => fetch(...args));
  }

  /** `onBytes` hears the bytes received so far; a stored model calls it once. */
  load(
    entry: ModelEntry,
    onBytes: (doneBytes: number) => void = () => undefined,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const key = storedPath(entry);
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const loading = this.#load(entry, onBytes).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async isStored(entry: ModelEntry): Promise<boolean> {
    return (await this.#area.read(storedPath(entry)))?.size === entry.bytes;
  }

  async evict(modelId: string): Promise<void> {
    for (const { path } of await this.#area.list(MODELS_FOLDER)) {
      if (modelIdOf(path) === modelId) await this.#area.remove(path);
    }
  }

  /** Removes files that the manifest does not name any more. */
  async removeOutdated(entries: readonly ModelEntry[]): Promise<void> {
    const wanted = new Set(entries.flatMap((entry) => entriesFor(entry, 'webgpu')).map(storedPath));
    for (const { path } of await this.#area.list(MODELS_FOLDER)) {
      if (!wanted.has(path)) await this.#area.remove(path);
    }
  }

  async #load(entry: ModelEntry, onBytes: (doneBytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
    const stored = await this.#area.read(storedPath(entry));
    if (stored !== undefined) {
      const bytes = new Uint8Array(await stored.arrayBuffer());
      if (await isIntact(entry, bytes)) {
        onBytes(entry.bytes);
        return bytes;
      }
      await this.#area.remove(storedPath(entry));
    }
    let bytes = await this.#download(entry, onBytes, 'default');
    // A cache between here and the server may hold the damaged copy: the second try goes around it.
    if (!(await isIntact(entry, bytes))) bytes = await this.#download(entry, onBytes, 'reload');
    if (!(await isIntact(entry, bytes))) {
      throw new AppError('model-corrupt', `${entry.id} ${entry.version}: ${bytes.length} bytes`);
    }
    // Without room the model still works, it is only not there when the network is off.
    await writeFile(this.#area, storedPath(entry), bytes).catch(() => undefined);
    return bytes;
  }

  async #download(
    entry: ModelEntry,
    onBytes: (doneBytes: number) => void,
    cache: RequestCache,
  ): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const response = await this.#fetch(`${this.#baseUrl}${entry.url}`, { cache });
      if (!response.ok) throw new Error(`${entry.url}: ${response.status}`);
      if (response.body === null) return new Uint8Array(await response.arrayBuffer());
      return await collect(response.body, entry.bytes, onBytes);
    } catch (error) {
      if (isAbort(error)) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw new AppError('model-unavailable', `${entry.id}: ${detail}`, { cause: error });
    }
  }
}

async function collect(
  body: ReadableStream<Uint8Array>,
  expectedBytes: number,
  onBytes: (doneBytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let done = 0;
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    done += part.value.length;
    onBytes(Math.min(done, expectedBytes));
  }
  const bytes = new Uint8Array(done);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function isIntact(entry: ModelEntry, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return bytes.length === entry.bytes && (await sha256Hex(bytes)) === entry.sha256;
}

/** Both forms of a model lie side by side: their files have names of their own. */
function storedPath({ id, version, url }: ModelEntry): string {
  const form = url.slice(url.lastIndexOf('/') + 1).replace(/^model/, '');
  return `${MODELS_FOLDER}/${id}@${version}${form}`;
}

function modelIdOf(path: string): string {
  return path.slice(MODELS_FOLDER.length + 1).split('@')[0]!;
}
