import { AppError } from '$lib/core/errors';
import { memoryFileArea, type FileArea } from '../files/file-area';
import { USER_HTDEMUCS_PATH } from '../files/job-paths';
import { opfsArea } from '../files/opfs-area';
import { loadRegistry, type ModelRegistry } from '../models/registry';
import { ModelStore } from '../models/store';
import { USER_HTDEMUCS_ID } from '../models/user-model';
import {
  chooseBackend,
  detectAdapter,
  wasmThreads,
  type AdapterReport,
  type Backend,
} from '../runtime/capabilities';
import type { Engine } from '../runtime/engine';
import { SessionPool } from '../runtime/session-pool';
import type { WorkerConfig } from './protocol';

/** What the jobs of one worker share. Everything is made when first needed; nothing that failed is kept. */
export class Services {
  readonly #config: WorkerConfig;
  readonly #listeners = new Set<(text: string) => void>();
  #area: Promise<FileArea> | undefined;
  #registry: Promise<ModelRegistry> | undefined;
  #adapter: Promise<AdapterReport> | undefined;
  #pool: SessionPool | undefined;

  constructor(config: WorkerConfig) {
    this.#config = config;
  }

  /** Files last only as long as this worker where the browser stores nothing. */
  area(): Promise<FileArea> {
    return (this.#area ??= opfsArea().then((area) => area ?? memoryFileArea()));
  }

  registry(): Promise<ModelRegistry> {
    if (this.#registry === undefined) {
      this.#registry = loadRegistry(`${this.#config.modelsUrl}manifest.json`);
      this.#registry.catch(() => (this.#registry = undefined));
    }
    return this.#registry;
  }

  async store(): Promise<ModelStore> {
    return (this.#store ??= new ModelStore({ area: await this.area(), baseUrl: this.#config.modelsUrl }));
  }
  #store: ModelStore | undefined;

  adapter(): Promise<AdapterReport> {
    return (this.#adapter ??= detectAdapter());
  }

  threads(): number {
    return wasmThreads(self.crossOriginIsolated, navigator.hardwareConcurrency);
  }

  async backend(wanted: 'auto' | Backend): Promise<Backend> {
    return chooseBackend(wanted, (await this.adapter()).webgpu);
  }

  pool(): SessionPool {
    return (this.#pool ??= new SessionPool({
      engine: lazyEngine(this.threads()),
      loadModel: (modelId) => this.#loadModel(modelId),
      onNotice: (text) => this.#listeners.forEach((listener) => listener(text)),
    }));
  }

  /** Hears of fall-backs until the returned function is called. */
  onNotice(listener: (text: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #loadModel(modelId: string): Promise<Uint8Array<ArrayBuffer>> {
    if (modelId === USER_HTDEMUCS_ID) {
      const file = await (await this.area()).read(USER_HTDEMUCS_PATH);
      if (file === undefined) throw new AppError('model-unavailable', modelId);
      return new Uint8Array(await file.arrayBuffer());
    }
    const entry = (await this.registry()).byId(modelId);
    if (entry === undefined) throw new AppError('model-unavailable', modelId);
    return (await this.store()).load(entry);
  }
}

/** The runtime is big: it is fetched when the first network runs, and never in a worker that only reads files. */
function lazyEngine(threads: number): Engine {
  let engine: Promise<Engine> | undefined;
  return {
    async createSession(model, backend) {
      engine ??= import('../runtime/ort').then(({ createOrtEngine }) => createOrtEngine(threads));
      engine.catch(() => (engine = undefined));
      return (await engine).createSession(model, backend);
    },
  };
}
