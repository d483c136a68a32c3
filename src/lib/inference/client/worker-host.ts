import { AppError } from '$lib/core/errors';
import type {
  FromWorker,
  JobKind,
  JobMap,
  Outcome,
  QuestionKind,
  QuestionMap,
  ToWorker,
  WorkerApi,
} from '../worker/protocol';
import { abortError, fromWire, toWire } from '../worker/wire-error';

/** A worker that runs, however it came to be. */
export interface LiveWorker {
  /** Settles when the worker can take calls. */
  readonly api: Promise<{ run: WorkerApi['run'] }>;
  /** Settles when the worker is gone for any reason but {@link terminate}. */
  readonly died: Promise<unknown>;
  terminate(): void;
}

export interface WorkerHostOptions {
  spawn(): LiveWorker;
  answer<K extends QuestionKind>(
    kind: K,
    input: QuestionMap[K]['input'],
  ): Promise<{ readonly value: QuestionMap[K]['answer']; readonly transfer: readonly Transferable[] }>;
  /** How long a worker may take to answer an abort before it is replaced. */
  readonly abortGraceMs: number;
}

export interface RunOptions<K extends JobKind> {
  readonly signal?: AbortSignal;
  onEvent?(event: JobMap[K]['event']): void;
}

/**
 * Owns one worker: starts it on demand, hands jobs over, notices its death and replaces it. Every promise settles.
 */
export class WorkerHost {
  readonly #options: WorkerHostOptions;
  readonly #failPending = new Set<(error: Error) => void>();
  #worker: LiveWorker | undefined;
  #disposed = false;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
  }

  /** Rejects with AbortError, or with AppError ('worker-died' where the worker went away). */
  run<K extends JobKind>(
    kind: K,
    input: JobMap[K]['input'],
    options: RunOptions<K> = {},
  ): Promise<JobMap[K]['output']> {
    const { signal } = options;
    if (this.#disposed) return Promise.reject(new AppError('worker-died', 'the page has let it go'));
    if (signal?.aborted === true) return Promise.reject(abortError());
    return new Promise((resolve, reject) => {
      const worker = (this.#worker ??= this.#start());
      const { port1: port, port2: workerPort } = new MessageChannel();
      let graceTimer: ReturnType<typeof setTimeout> | undefined;
      const onAbort = (): void => {
        send(port, { type: 'abort' });
        graceTimer = setTimeout(() => {
          // A network cannot be stopped in mid-run: the worker goes, and with it the run.
          settle(() => reject(abortError()));
          this.#replace(worker, new AppError('worker-died', 'replaced after a cancelled job'));
        }, this.#options.abortGraceMs);
      };
      const fail = (error: Error): void => settle(() => reject(error));
      const settle = (finish: () => void): void => {
        clearTimeout(graceTimer);
        signal?.removeEventListener('abort', onAbort);
        this.#failPending.delete(fail);
        port.close();
        finish();
      };
      this.#failPending.add(fail);
      signal?.addEventListener('abort', onAbort, { once: true });
      port.onmessage = ({ data }: MessageEvent<FromWorker>): void => {
        if (data.type === 'question') void this.#answer(port, data);
        else if (signal?.aborted !== true) options.onEvent?.(data.event as JobMap[K]['event']);
      };
      worker.api.then(
        (api) =>
          api.run(kind, input, workerPort).then(
            (outcome: Outcome<JobMap[K]['output']>) =>
              settle(() => {
                if (outcome.ok) resolve(outcome.value);
                else reject(fromWire(outcome.error));
              }),
            (error: unknown) => fail(new AppError('unexpected', String(error), { cause: error })),
          ),
        (error: unknown) => fail(new AppError('worker-died', String(error), { cause: error })),
      );
    });
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#worker !== undefined)
      this.#replace(this.#worker, new AppError('worker-died', 'the page has let it go'));
  }

  #start(): LiveWorker {
    const worker = this.#options.spawn();
    void worker.died.then((reason) => this.#replace(worker, new AppError('worker-died', String(reason))));
    return worker;
  }

  /** Nothing is started here: the next job does that. */
  #replace(worker: LiveWorker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    worker.terminate();
    for (const fail of [...this.#failPending]) fail(error);
  }

  async #answer(port: MessagePort, question: FromWorker & { readonly type: 'question' }): Promise<void> {
    const { id, kind } = question;
    try {
      const { value, transfer } = await this.#options.answer(
        kind,
        question.input as QuestionMap[typeof kind]['input'],
      );
      send(port, { type: 'answer', id, outcome: { ok: true, value } }, transfer);
    } catch (error) {
      send(port, { type: 'answer', id, outcome: { ok: false, error: toWire(error) } });
    }
  }
}

function send(port: MessagePort, message: ToWorker, transfer: readonly Transferable[] = []): void {
  port.postMessage(message, [...transfer]);
}
