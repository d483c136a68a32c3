import { isAbort } from '$lib/core/errors';
import { describe, expect, it } from 'vitest';
import { JobQueue } from './job-queue';

describe('JobQueue', () => {
  it('runs one job at a time, in order, whatever becomes of them', async () => {
    const queue = new JobQueue();
    const order: string[] = [];
    const job =
      (name: string, ms: number, fails = false) =>
      async (): Promise<string> => {
        order.push(`${name}+`);
        await new Promise((resolve) => setTimeout(resolve, ms));
        order.push(`${name}-`);
        if (fails) throw new Error(name);
        return name;
      };
    const results = await Promise.allSettled([
      queue.run(job('a', 10)),
      queue.run(job('b', 1, true)),
      queue.run(job('c', 0)),
    ]);
    expect(order).toEqual(['a+', 'a-', 'b+', 'b-', 'c+', 'c-']);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('lets a cancelled job leave before its turn', async () => {
    const queue = new JobQueue();
    let release!: () => void;
    const first = queue.run(() => new Promise<void>((resolve) => (release = resolve)));
    const controller = new AbortController();
    let ran = false;
    const second = queue.run(() => {
      ran = true;
      return Promise.resolve();
    }, controller.signal);
    controller.abort();
    expect(isAbort(await second.catch((error: unknown) => error))).toBe(true);
    release();
    await first;
    await queue.run(() => Promise.resolve());
    expect(ran).toBe(false);
  });
});
