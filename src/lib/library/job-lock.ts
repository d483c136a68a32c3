/** One tab owns a running job; the lock falls with the tab, so a job whose lock is free has no owner. */
const lockName = (jobId: string): string => `loopmind-job-${jobId}`;

/** Absent in insecure pages: there a job is owned by whoever has it. */
function lockManager(): LockManager | undefined {
  return globalThis.navigator?.locks as LockManager | undefined;
}

/** Runs `work` as the owner of the job. */
export function ownJob<T>(jobId: string, work: () => Promise<T>): Promise<T> {
  const locks = lockManager();
  return locks === undefined ? work() : locks.request(lockName(jobId), () => work());
}

/** The ids of the jobs that some tab works on right now. */
export async function ownedJobs(): Promise<ReadonlySet<string>> {
  const { held = [] } = (await lockManager()?.query()) ?? {};
  const prefix = lockName('');
  return new Set(
    held.flatMap(({ name }) => (name?.startsWith(prefix) === true ? [name.slice(prefix.length)] : [])),
  );
}
