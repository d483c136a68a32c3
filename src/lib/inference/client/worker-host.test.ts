import { AppError, isAbort } from '$lib/core/errors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JobContext, Handlers } from '../worker/serve';
import { serve } from '../worker/serve';
import { WorkerHost } from './worker-host';

type Peaks = Handlers['peaks'];

interface FakeWorker {
  readonly kill: (reason: string) => void;
  terminated: boolean;
}

const hosts: WorkerHost[] = [];
afterEach(() => {
  for (const host of hosts.splice(0)) host.dispose();
});

/** A host whose workers run in this thread; `peaks` stands for any job. */
function hostWith(peaks: Peaks, abortGraceMs = 50): { host: WorkerHost; workers: FakeWorker[] } {
  const workers: FakeWorker[] = [];
  const host = new WorkerHost({
    abortGraceMs,
    spawn() {
      let kill!: (reason: string) => void;
      const died = new Promise<string>((resolve) => (kill = resolve));
      const worker: FakeWorker = { kill, terminated: false };
      workers.push(worker);
      const api = serve({ peaks } as unknown as Handlers, () => Promise.resolve());
      return { api: Promise.resolve(api), died, terminate: () => (worker.terminated = true) };
    },
    answer: (_kind, input) =>
      input.size === 0
        ? Promise.reject(new AppError('audio-unreadable', 'no'))
        : Promise.resolve({
            value: { sampleRateHz: 44_100, channels: [new Float32Array([0.5])] } as never,
            transfer: [],
          }),
  });
  hosts.push(host);
  return { host, workers };
}

const INPUT = { jobId: 'a', stem: 'source', bucketsPerSecond: 1 } as const;
const forever = (): Promise<never> => new Promise(() => undefined);

describe('WorkerHost', () => {
  it('hands over jobs and errors with their codes', async () => {
    const { host, workers } = hostWith((input) =>
      input.jobId === 'a'
        ? Promise.resolve(Float32Array.of(1))
        : Promise.reject(new AppError('job-missing', 'b')),
    );
    expect(await host.run('peaks', INPUT)).toEqual(Float32Array.of(1));
    await expect(host.run('peaks', { ...INPUT, jobId: 'b' })).rejects.toMatchObject({
      code: 'job-missing',
      message: 'job-missing: b',
    });
    expect(workers).toHaveLength(1);
  });

  it('passes an abort on and reports it as one', async () => {
    const { host, workers } = hostWith(
      (_input, { signal }: JobContext<never>) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    );
    const controller = new AbortController();
    const pending = host.run('peaks', INPUT, { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    const error: unknown = await pending.catch((reason: unknown) => reason);
    expect(isAbort(error)).toBe(true);
    expect(workers[0]!.terminated).toBe(false);
  });

  it('replaces a worker that does not answer an abort; the next job works', async () => {
    let calls = 0;
    const { host, workers } = hostWith(() =>
      calls++ === 0 ? forever() : Promise.resolve(Float32Array.of(2)),
    );
    const controller = new AbortController();
    const pending = host.run('peaks', INPUT, { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    const started = performance.now();
    expect(isAbort(await pending.catch((reason: unknown) => reason))).toBe(true);
    expect(performance.now() - started).toBeLessThan(500);
    expect(workers[0]!.terminated).toBe(true);
    expect(await host.run('peaks', INPUT)).toEqual(Float32Array.of(2));
    expect(workers).toHaveLength(2);
  });

  it('rejects everything pending when the worker dies; the next job works', async () => {
    let calls = 0;
    const { host, workers } = hostWith(() => (calls++ < 2 ? forever() : Promise.resolve(Float32Array.of(3))));
    const pending = [host.run('peaks', INPUT), host.run('peaks', INPUT)];
    const settled = Promise.allSettled(pending);
    await vi.waitFor(() => expect(calls).toBe(2));
    workers[0]!.kill('out of memory');
    for (const result of await settled) {
      expect(result.status === 'rejected' && result.reason).toMatchObject({ code: 'worker-died' });
    }
    expect(await host.run('peaks', INPUT)).toEqual(Float32Array.of(3));
  });

  it('answers the questions of the worker, failures included', async () => {
    const { host } = hostWith(async (input, { ask }) => {
      const audio = await ask('decode', new Blob(input.jobId === 'a' ? ['x'] : []));
      return audio.channels[0]!;
    });
    expect(await host.run('peaks', INPUT)).toEqual(Float32Array.of(0.5));
    await expect(host.run('peaks', { ...INPUT, jobId: 'b' })).rejects.toMatchObject({
      code: 'audio-unreadable',
    });
  });

  it('brings events in order, and none after the abort', async () => {
    const { host } = hostWith(async (_input, context) => {
      for (let i = 0; i < 3; i++) (context.emit as (event: unknown) => void)(i);
      await new Promise((resolve) => setTimeout(resolve, 10));
      return Float32Array.of(0);
    });
    const events: unknown[] = [];
    await host.run('peaks', INPUT, { onEvent: (event) => events.push(event) });
    expect(events).toEqual([0, 1, 2]);
  });

  it('rejects at once after it was let go or aborted before', async () => {
    const { host } = hostWith(forever);
    const pending = host.run('peaks', INPUT);
    host.dispose();
    await expect(pending).rejects.toMatchObject({ code: 'worker-died' });
    await expect(host.run('peaks', INPUT)).rejects.toMatchObject({ code: 'worker-died' });
    const other = hostWith(forever).host;
    const error: unknown = await other
      .run('peaks', INPUT, { signal: AbortSignal.abort() })
      .catch((reason: unknown) => reason);
    expect(isAbort(error)).toBe(true);
  });
});
