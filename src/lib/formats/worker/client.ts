import * as Comlink from 'comlink';
import { AppError } from '../../core/errors';
import type { Project } from '../../core/project';
import type { InputFile } from '../reader';
import { packProject, unpackProject } from './packed-project';
import type { ExportKind, OpenedFiles, Outcome, ProjectWorkerApi } from './protocol';

export type { ExportKind } from './protocol';

/** A project with those of its samples that were found, by sample id. */
export interface OpenedProject {
  readonly project: Project;
  readonly samples: OpenedFiles['samples'];
}

/** The project readers in a worker of their own. A worker that dies or hangs is replaced with the next call. */
export class ProjectFiles {
  /** The remote is kept with its worker: a proxy that is collected closes the channel for every other one. */
  #live: { readonly worker: Worker; readonly api: Comlink.Remote<ProjectWorkerApi> } | undefined;

  /** Rejects with AppError. `signal` ends the worker at once: a reader has no chunks to stop between. */
  async open(files: readonly InputFile[], signal: AbortSignal): Promise<OpenedProject> {
    const { project, samples } = await this.#call((api) => api.open(files), signal);
    return { project: unpackProject(project), samples };
  }

  export(
    project: Project,
    kind: ExportKind,
    options: { readonly samples: ReadonlyMap<string, Blob>; readonly signal: AbortSignal },
  ): Promise<Blob> {
    const { packed, transfer } = packProject(project);
    return this.#call(
      (api) => api.export(Comlink.transfer(packed, transfer), kind, options.samples),
      options.signal,
    );
  }

  dispose(): void {
    this.#live?.worker.terminate();
    this.#live = undefined;
  }

  async #call<T>(
    work: (api: Comlink.Remote<ProjectWorkerApi>) => Promise<Outcome<T>>,
    signal: AbortSignal,
  ): Promise<T> {
    signal.throwIfAborted();
    const { worker, api } = (this.#live ??= spawn());
    const ended = new Promise<never>((_resolve, reject) => {
      worker.addEventListener('error', (event) => reject(new AppError('worker-died', event.message)), {
        signal,
      });
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    try {
      const outcome = await Promise.race([work(api), ended]);
      if (outcome.ok) return outcome.value;
      throw new AppError(outcome.code, outcome.detail);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'worker-died') this.dispose();
      throw error;
    }
  }
}

function spawn(): { readonly worker: Worker; readonly api: Comlink.Remote<ProjectWorkerApi> } {
  const worker = new Worker(new URL('./project.worker.ts', import.meta.url), {
    type: 'module',
    name: 'loopmind-projects',
  });
  return { worker, api: Comlink.wrap<ProjectWorkerApi>(worker) };
}
