/** One tab owns a running job; the lock falls with the tab, so a job whose lock is free has no owner. */
const lockName = (jobId: string): string => `loopmind-job-${jobId}`;

/** Runs `work` as the owner of the job. */
export function ownJob<T>(jobId: string, work: () => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) return work();
  return navigator.locks.request(lockName(jobId), () => work());
}

/** The ids of the jobs that some tab works on right now. */
export async function ownedJobs(): Promise<ReadonlySet<string>> {
  if (!('locks' in navigator)) return new Set();
  const { held = [] } = await navigator.locks.query();
  const prefix = lockName('');
  return new Set(
    held.flatMap(({ name }) => (name?.startsWith(prefix) === true ? [name.slice(prefix.length)] : [])),
  );
}
