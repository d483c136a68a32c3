import { describeError, isAbort, type AppErrorCode } from '$lib/core/errors';
import type { Transcription } from '$lib/core/transcription';
import type {
  InferenceClient,
  JobProgress,
  PartialTranscription,
  TranscribeSettings,
} from '$lib/inference/client';
import { NO_EDITS, type JobRecord } from '$lib/library/database';
import { ownedJobs, ownJob } from '$lib/library/job-lock';
import type { JobRepository } from '$lib/library/job-repository';
import type { Notices } from './notices.svelte';

export type Job = JobRecord<TranscribeSettings>;

/** The job that is being worked on. */
export interface LiveJob {
  readonly id: string;
  readonly progress?: JobProgress;
  readonly partial?: PartialTranscription;
}

interface Services {
  readonly client: () => Pick<InferenceClient, 'transcribe' | 'readSource' | 'deleteJobFiles'>;
  readonly repository: JobRepository<TranscribeSettings>;
  readonly notices: Notices;
  /** A job ended; called before the next one starts. */
  readonly onEnd?: (job: Job) => void;
}

/** Every job that this browser knows, and the queue: one runs, the others wait. */
export class JobBoard {
  /** Newest first; what is in the bin is not listed. */
  jobs = $state.raw<readonly Job[]>([]);
  live = $state.raw<LiveJob | undefined>();
  loaded = $state(false);
  readonly waiting = $derived(this.jobs.filter((job) => job.state === 'queued').reverse());

  readonly #services: Services;
  readonly #aborts = new Map<string, AbortController>();
  readonly #release = new Map<string, () => void>();
  readonly #binned = new Map<string, Job>();

  /** Settles when past jobs are listed. */
  readonly whenLoaded: Promise<void>;
  #markLoaded: () => void = () => undefined;

  constructor(services: Services) {
    this.#services = services;
    this.whenLoaded = new Promise((resolve) => (this.#markLoaded = resolve));
  }

  find(id: string | undefined): Job | undefined {
    return this.jobs.find((job) => job.id === id);
  }

  /** Lists past jobs; what was running when its tab died is marked as interrupted. */
  async load(): Promise<void> {
    try {
      const stored = await this.#services.repository.list();
      const owned = await ownedJobs();
      const fresh = new Set(this.jobs.map((job) => job.id));
      const past = stored.filter((job) => !fresh.has(job.id));
      const binned = past.filter((job) => job.isBinned === true);
      this.jobs = [...this.jobs, ...past.filter((job) => job.isBinned !== true)];
      for (const job of binned) this.#destroy(job.id);
      for (const job of this.jobs) {
        if (fresh.has(job.id) || (job.state !== 'running' && job.state !== 'queued')) continue;
        if (owned.has(job.id)) this.#watchOwner(job.id);
        else await this.#change(job.id, { state: 'interrupted' });
      }
    } catch (error) {
      this.#services.notices.fail(error);
    } finally {
      this.loaded = true;
      this.#markLoaded();
    }
  }

  /** Queues files in the order given. Returns the ids of their jobs. */
  async enqueue(files: readonly File[], settings: TranscribeSettings): Promise<readonly string[]> {
    const ids: string[] = [];
    for (const file of files) {
      const now = Date.now();
      const job: Job = {
        id: crypto.randomUUID(),
        name: file.name.replace(/\.[^.]+$/, '') || file.name,
        fileName: file.name,
        createdAtMs: now + ids.length,
        updatedAtMs: now,
        state: 'queued',
        settings,
        edits: NO_EDITS,
      };
      ids.push(job.id);
      this.#own(job.id);
      this.jobs = [job, ...this.jobs];
      this.#files.set(job.id, file);
    }
    this.#pump();
    for (const id of ids) {
      const job = this.find(id);
      const file = this.#files.get(id);
      if (job === undefined) continue;
      try {
        // The engine keeps its own copy once a job runs; before that the file must outlive the tab too.
        if (file !== undefined) await this.#services.repository.putPending(id, file);
        await this.#services.repository.put(this.find(id) ?? job);
      } catch (error) {
        this.#services.notices.fail(error); // The job itself can run without being remembered.
      }
    }
    return ids;
  }

  /** Queues a job again that failed, was cancelled or was interrupted. */
  async restart(id: string, settings: TranscribeSettings): Promise<void> {
    const job = this.find(id);
    if (job === undefined || job.state === 'running' || job.state === 'queued') return;
    try {
      this.#files.set(id, await this.#source(id));
      this.#own(id);
      const { errorCode: _code, errorDetail: _detail, ...rest } = job;
      await this.#replace({ ...rest, settings, state: 'queued' });
      this.#pump();
    } catch (error) {
      this.#services.notices.fail(error);
    }
  }

  /** Stops a running job or takes a waiting one out of the queue. */
  async cancel(id: string): Promise<void> {
    const running = this.#aborts.get(id);
    if (running !== undefined) {
      running.abort();
      return;
    }
    if (this.find(id)?.state !== 'queued') return;
    await this.#change(id, { state: 'cancelled' });
    this.#disown(id);
  }

  async rename(id: string, name: string): Promise<void> {
    const trimmed = name.trim();
    if (trimmed !== '') await this.#change(id, { name: trimmed });
  }

  /** Takes the job off the list; {@link restore} brings it back, {@link empty} or the next visit deletes it for good. */
  async discard(id: string): Promise<void> {
    await this.cancel(id);
    const job = this.find(id);
    if (job === undefined) return;
    this.#binned.set(id, job);
    this.jobs = this.jobs.filter((other) => other.id !== id);
    await this.#persist({ ...job, isBinned: true });
  }

  async restore(id: string): Promise<void> {
    const job = this.#binned.get(id);
    if (job === undefined) return;
    this.#binned.delete(id);
    this.jobs = [...this.jobs, job].sort((a, b) => b.createdAtMs - a.createdAtMs);
    await this.#persist(job);
  }

  /** Deletes a discarded job and its files. */
  empty(id: string): void {
    if (this.#binned.delete(id)) this.#destroy(id);
  }

  /** Deletes everything, files included; running work is stopped. */
  async deleteAll(): Promise<void> {
    const ids = [...this.jobs.map((job) => job.id), ...this.#binned.keys()];
    for (const id of ids) await this.cancel(id);
    this.jobs = [];
    this.#binned.clear();
    for (const id of ids) await this.#destroy(id);
  }

  /** Saves what the editor made of a job. */
  async save(id: string, change: Pick<Job, 'edits'> & { transcription: Transcription }): Promise<void> {
    const job = this.find(id);
    if (job === undefined) return;
    const heard = job.heard ?? job.transcription;
    await this.#change(id, { ...change, ...(heard === undefined ? {} : { heard }) });
  }

  readonly #files = new Map<string, Blob>();

  async #source(id: string): Promise<Blob> {
    const kept = this.#files.get(id) ?? (await this.#services.repository.getPending(id));
    return kept ?? this.#services.client().readSource(id);
  }

  #pump(): void {
    if (this.live !== undefined) return;
    const next = this.waiting.find((job) => this.#release.has(job.id));
    if (next !== undefined) void this.#run(next);
  }

  async #run(job: Job): Promise<void> {
    const abort = new AbortController();
    this.#aborts.set(job.id, abort);
    this.live = { id: job.id };
    const running = this.#change(job.id, { state: 'running' });
    const outcome = await this.#work(job, abort.signal);
    await running;
    // A new result replaces the old one and what was first heard; without one the old result stays.
    const { heard, ...plain } = this.find(job.id) ?? job;
    const kept = outcome.transcription === undefined && heard !== undefined ? { heard } : {};
    const saved =
      this.find(job.id) === undefined ? undefined : this.#replace({ ...plain, ...kept, ...outcome });
    // Before it is saved: whoever shows the job must never see it done without its result.
    const ended = this.find(job.id);
    if (ended !== undefined) this.#services.onEnd?.(ended);
    await saved;
    if (outcome.state === 'done') {
      this.#files.delete(job.id);
      await this.#services.repository.deletePending(job.id).catch(() => undefined);
    }
    this.#aborts.delete(job.id);
    this.#disown(job.id);
    this.live = undefined;
    this.#pump();
  }

  /** Runs the engine; every way it can end is an outcome. */
  async #work(job: Job, signal: AbortSignal): Promise<Partial<Job>> {
    try {
      const file = await this.#source(job.id);
      signal.throwIfAborted();
      const transcription = await this.#services.client().transcribe(
        { jobId: job.id, file, name: job.fileName, settings: job.settings },
        {
          onProgress: (progress) => this.#update(job.id, { progress }),
          onPartial: (partial) => this.#update(job.id, { partial }),
          onNotice: (text) => this.#services.notices.warn(text, job.id),
        },
        signal,
      );
      return { state: 'done', transcription, edits: NO_EDITS };
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) return failure(error);
      return { state: job.transcription === undefined ? 'cancelled' : 'done' };
    }
  }

  #update(id: string, change: Omit<LiveJob, 'id'>): void {
    if (this.live?.id === id) this.live = { ...this.live, ...change };
  }

  #change(id: string, change: Partial<Job>): Promise<void> {
    const job = this.find(id);
    return job === undefined ? Promise.resolve() : this.#replace({ ...job, ...change });
  }

  #replace(job: Job): Promise<void> {
    const next = { ...job, updatedAtMs: Date.now() };
    this.jobs = this.jobs.map((other) => (other.id === job.id ? next : other));
    return this.#persist(next);
  }

  async #persist(job: Job): Promise<void> {
    try {
      await this.#services.repository.put(job);
    } catch (error) {
      this.#services.notices.fail(error);
    }
  }

  async #destroy(id: string): Promise<void> {
    try {
      await this.#services.repository.delete(id);
      await this.#services.client().deleteJobFiles(id);
    } catch (error) {
      this.#services.notices.fail(error);
    }
  }

  #own(id: string): void {
    const held = new Promise<void>((release) => this.#release.set(id, release));
    void ownJob(id, () => held);
  }

  #disown(id: string): void {
    this.#release.get(id)?.();
    this.#release.delete(id);
  }

  /** Another tab works on it: look again when that tab lets go. */
  #watchOwner(id: string): void {
    void ownJob(id, async () => {
      const stored = await this.#services.repository.get(id);
      if (stored === undefined || this.find(id) === undefined) return;
      const dead = stored.state === 'running' || stored.state === 'queued';
      await this.#replace(dead ? { ...stored, state: 'interrupted' } : stored);
    });
  }
}

function failure(error: unknown): { state: 'failed'; errorCode: AppErrorCode; errorDetail: string } {
  const words = describeError(error);
  console.error(error);
  return { state: 'failed', errorCode: words.code, errorDetail: words.detail };
}
