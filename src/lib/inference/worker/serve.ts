import type {
  FromWorker,
  JobKind,
  JobMap,
  Outcome,
  QuestionKind,
  QuestionMap,
  ToWorker,
  WorkerApi,
  WorkerConfig,
} from './protocol';
import { abortError, fromWire, toWire } from './wire-error';

export interface JobContext<Event> {
  readonly signal: AbortSignal;
  emit(event: Event): void;
  /** Asks the page. Rejects with the page's error, or with AbortError when the job is cancelled meanwhile. */
  ask<K extends QuestionKind>(kind: K, input: QuestionMap[K]['input']): Promise<QuestionMap[K]['answer']>;
}

export type Handlers = {
  readonly [K in JobKind]: (
    input: JobMap[K]['input'],
    context: JobContext<JobMap[K]['event']>,
  ) => Promise<JobMap[K]['output']>;
};

/** The worker's side of the boundary: every call ends in an outcome, never in a lost error class. */
export function serve(handlers: Handlers, configure: (config: WorkerConfig) => Promise<void>): WorkerApi {
  return {
    configure,
    async run<K extends JobKind>(
      kind: K,
      input: JobMap[K]['input'],
      port: MessagePort,
    ): Promise<Outcome<JobMap[K]['output']>> {
      const channel = openChannel(port);
      try {
        const value = await handlers[kind](input, channel.context);
        return { ok: true, value };
      } catch (error) {
        return { ok: false, error: toWire(channel.context.signal.aborted ? abortError() : error) };
      } finally {
        port.close();
      }
    },
  };
}

function openChannel(port: MessagePort): { readonly context: JobContext<unknown> } {
  const controller = new AbortController();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let nextId = 0;
  const send = (message: FromWorker): void => port.postMessage(message);

  port.onmessage = ({ data }: MessageEvent<ToWorker>): void => {
    if (data.type === 'abort') {
      controller.abort(abortError());
      for (const question of waiting.values()) question.reject(abortError());
      waiting.clear();
      return;
    }
    const question = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.outcome.ok) question?.resolve(data.outcome.value);
    else question?.reject(fromWire(data.outcome.error));
  };

  return {
    context: {
      signal: controller.signal,
      emit: (event) => send({ type: 'event', event }),
      ask<K extends QuestionKind>(
        kind: K,
        input: QuestionMap[K]['input'],
      ): Promise<QuestionMap[K]['answer']> {
        const id = nextId++;
        const question = deferred<unknown>();
        waiting.set(id, question);
        send({ type: 'question', id, kind, input });
        return question.promise as Promise<QuestionMap[K]['answer']>;
      },
    },
  };
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

function deferred<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
