import { createContext } from 'svelte';
import {
  createInferenceClient,
  type InferenceClient,
  type StorageUse,
  type TranscribeSettings,
} from '$lib/inference/client';
import { IndexedDbJobs } from '$lib/library/job-repository';
import { JobBoard, type Job } from './job-board.svelte';
import { JobDocument } from './job-document.svelte';
import { Notices } from './notices.svelte';
import { Offline } from './offline.svelte';
import { Player } from './player.svelte';
import { Preferences, repairSettings } from './preferences.svelte';

/** Everything the pages share; made once in the layout. */
export class App {
  readonly preferences = new Preferences();
  readonly notices = new Notices();
  readonly offline = new Offline();
  readonly board: JobBoard;
  readonly player: Player;
  /** The job on the workspace, whatever its state. */
  openJobId = $state<string | undefined>();
  /** The open job once it is done. */
  openDocument = $state.raw<JobDocument | undefined>();
  storage = $state.raw<StorageUse | undefined>();
  /** Markup is ready before its handlers are. */
  isReady = $state(false);
  readonly openJob = $derived.by(() => this.board.find(this.openJobId));

  #client: InferenceClient | undefined;

  /** `instrumentsUrl` is where the sounds of the built-in instruments are served. */
  constructor(options: { readonly instrumentsUrl: string }) {
    this.player = new Player({
      instrumentsUrl: options.instrumentsUrl,
      readStem: (jobId, stem) => this.client.readStem(jobId, stem),
      notices: this.notices,
    });
    this.board = new JobBoard({
      client: () => this.client,
      repository: new IndexedDbJobs<TranscribeSettings>(repairSettings),
      notices: this.notices,
      onEnd: (job) => this.#onJobEnd(job),
    });
  }

  /** The engine, started when first needed. Only in a browser. */
  get client(): InferenceClient {
    this.#client ??= createInferenceClient();
    return this.#client;
  }

  /** Runs in the browser once the layout stands; returns what undoes it. */
  start(serviceWorker: { readonly url: string; readonly scope: string } | undefined): () => void {
    const stops = [this.preferences.start()];
    if (serviceWorker !== undefined) stops.push(this.offline.start(serviceWorker.url, serviceWorker.scope));
    void this.board.load();
    this.isReady = true;
    return () => {
      for (const stop of stops) stop();
      void this.openDocument?.flush();
      this.player.dispose();
      this.#client?.dispose();
      this.#client = undefined;
    };
  }

  /** Shows a job; undefined shows the empty workspace. */
  open(jobId: string | undefined): void {
    if (jobId === this.openJobId && this.openDocument?.jobId === jobId) return;
    void this.openDocument?.flush();
    this.openJobId = jobId;
    this.openDocument = this.#documentOf(this.board.find(jobId));
  }

  /** Queues files and shows the first of them, unless something is open that is still being worked on. */
  async transcribe(files: readonly File[]): Promise<void> {
    if (files.length === 0) return;
    const isBusy = this.board.live !== undefined && this.board.live.id === this.openJobId;
    const queued = this.board.enqueue(files, this.preferences.settings);
    const first = this.board.jobs[files.length - 1];
    if (!isBusy && first !== undefined) {
      // The list shows it first: with the job's view in one task the page would be held up for too long.
      await new Promise((resolve) => setTimeout(resolve));
      this.open(first.id);
    } else
      this.notices.say(
        files.length === 1 ? 'Added to the queue.' : `${files.length} files added to the queue.`,
      );
    this.#offerNotification();
    await queued;
  }

  async restart(jobId: string): Promise<void> {
    if (this.openJobId === jobId) this.openDocument = undefined;
    await this.board.restart(jobId, this.preferences.settings);
  }

  /** Takes a job off the list, with a way back. */
  async discard(job: Job): Promise<void> {
    if (this.openJobId === job.id) this.open(undefined);
    await this.board.discard(job.id);
    this.notices.say(`“${job.name}” was deleted.`, {
      action: { label: 'Undo', run: () => void this.board.restore(job.id) },
      onExpire: () => this.board.empty(job.id),
    });
  }

  /** Jobs, files, models: nothing of the user's stays in this browser but the choice of theme and settings. */
  async deleteEverything(): Promise<void> {
    this.open(undefined);
    await this.board.deleteAll();
    for (const model of await this.client.models()) if (model.stored) await this.client.evictModel(model.id);
    await this.refreshStorage();
  }

  async refreshStorage(): Promise<void> {
    try {
      this.storage = await this.client.storageUse();
    } catch (error) {
      console.warn('The storage use is not known.', error);
    }
  }

  #documentOf(job: Job | undefined): JobDocument | undefined {
    if (job?.state !== 'done' || job.transcription === undefined) return undefined;
    const content = { transcription: job.transcription, edits: job.edits };
    return new JobDocument(job.id, content, job.heard ?? job.transcription, {
      client: () => this.client,
      notices: this.notices,
      save: (next) => this.board.save(job.id, next),
    });
  }

  #onJobEnd(job: Job): void {
    if (job.id === this.openJobId) this.openDocument = this.#documentOf(job);
    void this.refreshStorage();
    if (job.state === 'done') void this.#keepForOffline();
    if (job.state === 'cancelled' || !document.hidden) return;
    const text = job.state === 'done' ? `“${job.name}” is ready.` : `“${job.name}” could not be transcribed.`;
    if ('Notification' in globalThis && Notification.permission === 'granted') {
      new Notification('LoopMind', { body: text, tag: job.id }).onclick = () => window.focus();
    }
  }

  /** After the first job everything works without a network, whatever the next song needs. */
  async #keepForOffline(): Promise<void> {
    if (!this.offline.isShellStored || !this.offline.isOnline) return;
    try {
      const models = await this.client.models();
      if (models.every((model) => model.stored)) this.offline.keepEngine();
      else await this.offline.makeAvailable(this.client);
    } catch (error) {
      console.warn('Not everything could be kept for offline use.', error);
    }
  }

  #offerNotification(): void {
    if (!this.preferences.mayAskToNotify()) return;
    this.notices.say('Shall LoopMind tell you when a job ends while you are elsewhere?', {
      action: { label: 'Notify me', run: () => void Notification.requestPermission() },
    });
  }
}

export const [getApp, setApp] = createContext<App>();
