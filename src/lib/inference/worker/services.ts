import { AppError } from '$lib/core/errors';
import { memoryFileArea, type FileArea } from '../files/file-area';
import { USER_HTDEMUCS_PATH } from '../files/job-paths';
import { opfsArea } from '../files/opfs-area';
import { entryFor, type ModelEntry } from '../models/manifest';
import { loadRegistry, type ModelRegistry } from '../models/registry';
import { ModelStore } from '../models/store';
import { readUserModel } from '../models/user-model';
import { HTDEMUCS_MODEL_ID } from '../pipelines/separate/htdemucs-contract';
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

export interface ModelLoad {
  readonly entry: ModelEntry;
  readonly doneBytes: number;
}

/** What the jobs of one worker share. Everything is made when first needed; nothing that failed is kept. */
export class Services {
  readonly #config: WorkerConfig;
  readonly #noticeListeners = new Set<(text: string) => void>();
  readonly #loadListeners = new Set<(load: ModelLoad) => void>();
  #area: Promise<FileArea> | undefined;
  #registry: Promise<ModelRegistry> | undefined;
  #adapter: Promise<AdapterReport> | undefined;
  #engine: Engine | undefined;
  #pool: SessionPool | undefined;
  #store: ModelStore | undefined;

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

  adapter(): Promise<AdapterReport> {
    return (this.#adapter ??= detectAdapter());
  }

  threads(): number {
    return wasmThreads(self.crossOriginIsolated, navigator.hardwareConcurrency);
  }

  async backend(wanted: 'auto' | Backend): Promise<Backend> {
    return chooseBackend(wanted, (await this.adapter()).webgpu);
  }

  engine(): Engine {
    return (this.#engine ??= lazyEngine(this.threads()));
  }

  pool(): SessionPool {
    return (this.#pool ??= new SessionPool({
      engine: this.engine(),
      loadModel: (modelId, backend) => this.#loadModel(modelId, backend),
      onNotice: (text) => this.#noticeListeners.forEach((listener) => listener(text)),
    }));
  }

  /** Hears of fall-backs until the returned function is called. */
  onNotice(listener: (text: string) => void): () => void {
    this.#noticeListeners.add(listener);
    return () => this.#noticeListeners.delete(listener);
  }

  /** Hears of model files on their way until the returned function is called. */
  onLoad(listener: (load: ModelLoad) => void): () => void {
    this.#loadListeners.add(listener);
    return () => this.#loadListeners.delete(listener);
  }

  /** The HTDemucs export that the user brought, as a manifest entry. */
  async userModel(): Promise<ModelEntry | undefined> {
    return readUserModel(await this.area());
  }

  async #loadModel(modelId: string, backend: Backend): Promise<Uint8Array<ArrayBuffer>> {
    if (modelId === HTDEMUCS_MODEL_ID) {
      const file = await (await this.area()).read(USER_HTDEMUCS_PATH);
      if (file === undefined) throw new AppError('model-unavailable', modelId);
      return new Uint8Array(await file.arrayBuffer());
    }
    const known = (await this.registry()).byId(modelId);
    if (known === undefined) throw new AppError('model-unavailable', modelId);
    const entry = entryFor(known, backend);
    return (await this.store()).load(entry, (doneBytes) => {
      this.#loadListeners.forEach((listener) => listener({ entry, doneBytes }));
    });
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
