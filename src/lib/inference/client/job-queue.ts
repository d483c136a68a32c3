import { abortError } from '../worker/wire-error';

/** One job at a time, first come first served. An aborted job that waits leaves the queue at once. */
export class JobQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => reject(abortError());
      if (signal?.aborted === true) return leave();
      signal?.addEventListener('abort', leave, { once: true });
      const turn = this.#tail.then(async () => {
        signal?.removeEventListener('abort', leave);
        if (signal?.aborted === true) return;
        await task().then(resolve, reject);
      });
      this.#tail = turn.catch(() => undefined);
    });
  }
}
