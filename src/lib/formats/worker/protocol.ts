import type { AppErrorCode } from '../../core/errors';
import type { InputFile } from '../reader';
import type { PackedProject } from './packed-project';

export type ExportKind = 'midi' | 'dawproject' | 'json' | 'metadata';

/** Errors lose their class on the way to the page; what it needs of them does not. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: AppErrorCode; readonly detail: string };

export interface OpenedFiles {
  readonly project: PackedProject;
  /** Files of the project that lie among the dropped files or inside an archive, by sample id. */
  readonly samples: ReadonlyMap<string, Blob>;
}

/** What the worker of the project readers answers to. */
export interface ProjectWorkerApi {
  open(files: readonly InputFile[]): Promise<Outcome<OpenedFiles>>;
  /** `samples`: those to take along, by sample id (DAWproject only). */
  export(
    project: PackedProject,
    kind: ExportKind,
    samples: ReadonlyMap<string, Blob>,
  ): Promise<Outcome<Blob>>;
}
