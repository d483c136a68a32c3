import { AppError } from '$lib/core/errors';
import type { Tensors } from '../pipelines/types';
import type { Backend } from './capabilities';
import type { Engine, EngineSession } from './engine';
import { FifoMutex } from './fifo-mutex';

export interface SessionPoolOptions {
  readonly engine: Engine;
  /** The verified bytes of a model, in the form that the backend runs. */
  loadModel(modelId: string, backend: Backend): Promise<Uint8Array<ArrayBuffer>>;
  /** Told once for every fall-back, in words for the user. */
  onNotice(text: string): void;
}

/**
 * Sessions by (model, backend), one run at a time. A model that fails on WebGPU (device lost, out of memory, an
 * operator it lacks) goes on on WASM with a notice; after a lost device every model does.
 */
export class SessionPool {
  readonly #options: SessionPoolOptions;
  readonly #mutex = new FifoMutex();
  readonly #sessions = new Map<string, Promise<EngineSession>>();
  readonly #onWasm = new Set<string>();
  #gpuLost = false;

  constructor(options: SessionPoolOptions) {
    this.#options = options;
  }

  /** Rejects with AppError 'out-of-memory' where even WASM has no room. */
  run(modelId: string, feeds: Tensors, wanted: Backend): Promise<Tensors> {
    return this.#mutex.run(async () => {
      const backend = this.#gpuLost || this.#onWasm.has(modelId) ? 'wasm' : wanted;
      try {
        return await this.#runOn(modelId, feeds, backend);
      } catch (error) {
        if (backend === 'wasm' || error instanceof AppError) throw asAppError(error);
        this.#fallBack(modelId, error);
        await this.#drop(modelId, 'webgpu');
        return this.#runOn(modelId, feeds, 'wasm').catch((cause: unknown) => {
          throw asAppError(cause);
        });
      }
    });
  }

  /** Input and output shapes; creates the session where there is none. */
  session(modelId: string, backend: Backend): Promise<EngineSession> {
    return this.#mutex.run(() => this.#open(modelId, backend));
  }

  /** Frees the sessions of a model, or of all. */
  release(modelId?: string): Promise<void> {
    return this.#mutex.run(async () => {
      for (const key of [...this.#sessions.keys()]) {
        const [id, backend] = key.split('@') as [string, Backend];
        if (modelId === undefined || id === modelId) await this.#drop(id, backend);
      }
    });
  }

  async #runOn(modelId: string, feeds: Tensors, backend: Backend): Promise<Tensors> {
    const session = await this.#open(modelId, backend);
    return session.run(feeds);
  }

  #open(modelId: string, backend: Backend): Promise<EngineSession> {
    const key = `${modelId}@${backend}`;
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const opening = this.#options
      .loadModel(modelId, backend)
      .then((bytes) => this.#options.engine.createSession(bytes, backend));
    this.#sessions.set(key, opening);
    // A failure must not be remembered: the next call tries again.
    opening.catch(() => this.#sessions.delete(key));
    return opening;
  }

  async #drop(modelId: string, backend: Backend): Promise<void> {
    const key = `${modelId}@${backend}`;
    const session = this.#sessions.get(key);
    this.#sessions.delete(key);
    await session?.then((open) => open.release()).catch(() => undefined);
  }

  #fallBack(modelId: string, error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error);
    if (/device.*lost|lost.*device|DXGI|device is destroyed/i.test(detail)) {
      this.#gpuLost = true;
      this.#options.onNotice('The graphics processor was lost; work goes on without it, a little slower.');
      return;
    }
    this.#onWasm.add(modelId);
    const reason = isOutOfMemory(detail)
      ? 'finds no room on this graphics processor'
      : 'does not run on this graphics processor';
    this.#options.onNotice(`${modelId} ${reason}; it runs on the CPU instead.`);
  }
}

function asAppError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  if (isOutOfMemory(error.message)) {
    return new AppError('out-of-memory', error.message, { cause: error });
  }
  return new AppError('unexpected', error.message, { cause: error });
}

function isOutOfMemory(detail: string): boolean {
  return /bad_alloc|out of memory|memory access out of bounds|Array buffer allocation|failed to allocate/i.test(
    detail,
  );
}
