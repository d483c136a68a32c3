import { AppError } from '$lib/core/errors';
import { openDatabase, type JobRecord, type LoopMindDatabase } from './database';

/** Past jobs, kept over reloads. Every method rejects with AppError 'storage-unavailable' or 'storage-full'. */
export interface JobRepository<Settings> {
  /** Newest first. */
  list(): Promise<readonly JobRecord<Settings>[]>;
  get(id: string): Promise<JobRecord<Settings> | undefined>;
  put(job: JobRecord<Settings>): Promise<void>;
  delete(id: string): Promise<void>;
  /** The file of a queued job. */
  putPending(id: string, file: Blob): Promise<void>;
  getPending(id: string): Promise<Blob | undefined>;
  deletePending(id: string): Promise<void>;
}

/** `isSettings` tells what older versions may have stored from what the engine understands now. */
export class IndexedDbJobs<Settings> implements JobRepository<Settings> {
  readonly #repair: (stored: unknown) => Settings;
  #opening: Promise<LoopMindDatabase> | undefined;

  constructor(repairSettings: (stored: unknown) => Settings) {
    this.#repair = repairSettings;
  }

  async list(): Promise<readonly JobRecord<Settings>[]> {
    const jobs = await this.#with((database) => database.getAllFromIndex('jobs', 'createdAtMs'));
    return jobs.reverse().map((job) => this.#read(job));
  }

  async get(id: string): Promise<JobRecord<Settings> | undefined> {
    const job = await this.#with((database) => database.get('jobs', id));
    return job === undefined ? undefined : this.#read(job);
  }

  async put(job: JobRecord<Settings>): Promise<void> {
    await this.#with((database) => database.put('jobs', job));
  }

  async delete(id: string): Promise<void> {
    await this.#with(async (database) => {
      const transaction = database.transaction(['jobs', 'pending'], 'readwrite');
      await Promise.all([
        transaction.objectStore('jobs').delete(id),
        transaction.objectStore('pending').delete(id),
        transaction.done,
      ]);
    });
  }

  async putPending(id: string, file: Blob): Promise<void> {
    await this.#with((database) => database.put('pending', file, id));
  }

  getPending(id: string): Promise<Blob | undefined> {
    return this.#with((database) => database.get('pending', id));
  }

  async deletePending(id: string): Promise<void> {
    await this.#with((database) => database.delete('pending', id));
  }

  #read(job: JobRecord): JobRecord<Settings> {
    return { ...job, settings: this.#repair(job.settings) };
  }

  async #with<T>(work: (database: LoopMindDatabase) => Promise<T>): Promise<T> {
    try {
      this.#opening ??= openDatabase(() => this.#close());
      return await work(await this.#opening);
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === 'QuotaExceededError') {
        throw new AppError('storage-full', '', { cause });
      }
      this.#opening = undefined;
      throw new AppError('storage-unavailable', cause instanceof Error ? cause.message : '', { cause });
    }
  }

  /** Another tab wants a newer database: let it. */
  #close(): void {
    void this.#opening?.then((database) => database.close());
    this.#opening = undefined;
  }
}
