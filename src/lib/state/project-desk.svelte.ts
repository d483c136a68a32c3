import { isAbort } from '$lib/core/errors';
import type { NoteEvent } from '$lib/core/notes';
import type { Project, ProjectClip, ProjectPattern } from '$lib/core/project';
import { ProjectFiles, type ExportKind } from '$lib/formats/worker/client';
import { History } from './history';
import type { Notices } from './notices.svelte';
import { ProjectPlayer } from './project-player.svelte';
import { withPatternNotes } from './project-tracks';

export type { ExportKind } from '$lib/formats/worker/client';

export interface DroppedFile {
  /** With its folders. */
  readonly path: string;
  readonly blob: Blob;
}

/** The project that is open: what was read from it, what is selected in it, and how it goes out again. */
export class ProjectDesk {
  readonly player: ProjectPlayer;
  #history = $state.raw<History<Project> | undefined>();
  /** What is being read or written, in words. */
  work = $state<string | undefined>();
  error = $state.raw<unknown>();
  selectedClipId = $state<string | undefined>();
  openPatternId = $state<string | undefined>();
  samples = $state.raw<ReadonlyMap<string, Blob>>(new Map());
  readonly project = $derived(this.#history?.present);
  readonly canUndo = $derived(this.#history?.undoLabel !== undefined);
  readonly canRedo = $derived(this.#history?.redoLabel !== undefined);
  readonly selectedClip = $derived(this.project?.clips.find(({ id }) => id === this.selectedClipId));
  readonly openPattern = $derived(this.project?.patterns.find(({ id }) => id === this.openPatternId));

  readonly #files = new ProjectFiles();
  readonly #notices: Notices;
  #running: AbortController | undefined;

  constructor(options: { readonly notices: Notices; readonly instrumentsUrl: string }) {
    this.#notices = options.notices;
    this.player = new ProjectPlayer(options);
  }

  /** Opens whatever project is among the files; the one before stays where nothing can be read. */
  async open(files: readonly DroppedFile[]): Promise<void> {
    if (files.length === 0) return;
    await this.#run('Reading the project', async (signal) => {
      const { project, samples } = await this.#files.open(files, signal);
      this.player.stop();
      this.#history = History.of(project);
      this.samples = samples;
      this.selectedClipId = undefined;
      this.openPatternId = undefined;
      await this.player.load(project, samples, signal);
    });
  }

  /** The project as a file; undefined where that failed (and was said) or was cancelled. */
  async export(kind: ExportKind): Promise<Blob | undefined> {
    const { project, samples } = this;
    if (project === undefined) return undefined;
    let blob: Blob | undefined;
    await this.#run('Writing the file', async (signal) => {
      blob = await this.#files.export(project, kind, {
        samples: kind === 'dawproject' ? samples : new Map(),
        signal,
      });
    });
    return blob;
  }

  /** The notes of a pattern after an edit, in seconds from its start. Every clip that plays it follows. */
  editPattern(patternId: string, notes: readonly NoteEvent[]): void {
    if (this.project === undefined) return;
    this.#step(this.#history?.commit(withPatternNotes(this.project, patternId, notes), 'Edit notes'));
  }

  undo(): void {
    this.#step(this.#history?.undo());
  }

  redo(): void {
    this.#step(this.#history?.redo());
  }

  cancel(): void {
    this.#running?.abort();
  }

  close(): void {
    this.cancel();
    this.player.stop();
    this.#history = undefined;
    this.error = undefined;
    this.samples = new Map();
  }

  /** Shows the notes of a clip, or of a pattern that no clip plays. */
  showPattern(target: ProjectClip | ProjectPattern | undefined): void {
    this.openPatternId =
      target === undefined ? undefined : 'patternId' in target ? target.patternId : target.id;
  }

  dispose(): void {
    this.cancel();
    this.#files.dispose();
    this.player.dispose();
  }

  #step(next: History<Project> | undefined): void {
    if (next === undefined || next === this.#history) return;
    this.#history = next;
    this.player.update(next.present);
  }

  async #run(work: string, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.work = work;
    this.error = undefined;
    try {
      await task(running.signal);
    } catch (error) {
      if (!isAbort(error)) {
        this.error = error;
        this.#notices.fail(error);
      }
    } finally {
      if (this.#running === running) {
        this.#running = undefined;
        this.work = undefined;
      }
    }
  }
}
