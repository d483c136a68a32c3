import * as Comlink from 'comlink';
import { FormatError } from '../../core/errors';
import type { Project } from '../../core/project';
import { writeDawproject } from '../dawproject/dawproject-writer';
import { expandArchives } from '../expand-archives';
import { openProject, type InputFile } from '../index';
import { beatMetadata } from '../metadata/beat-metadata';
import { writeProjectMidi } from '../project-export-midi/project-midi';
import { packProject, unpackProject } from './packed-project';
import type { ExportKind, Outcome, ProjectWorkerApi } from './protocol';

const api: ProjectWorkerApi = {
  open: async (files) => {
    const outcome = await guarded(() => open(files));
    if (!outcome.ok) return outcome;
    const { packed, transfer } = packProject(outcome.value.project);
    const value = { project: packed, samples: outcome.value.samples };
    return Comlink.transfer({ ok: true, value }, transfer);
  },
  export: (project, kind, samples) => guarded(() => write(unpackProject(project), kind, samples)),
};

async function guarded<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const code = error instanceof FormatError ? 'project-unreadable' : 'unexpected';
    return { ok: false, code, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function open(
  files: readonly InputFile[],
): Promise<{ project: Project; samples: ReadonlyMap<string, Blob> }> {
  const { project } = await openProject(files);
  const wanted = project.sampleRefs.filter(({ resolvedPath }) => resolvedPath !== undefined);
  if (wanted.length === 0) return { project, samples: new Map() };
  const all = [...files, ...(await expandArchives(files).catch(() => []))];
  const byPath = new Map(all.map(({ path, blob }) => [path, blob]));
  const samples = new Map(
    wanted.flatMap(({ id, resolvedPath }) => {
      const blob = byPath.get(resolvedPath ?? '');
      return blob === undefined ? [] : [[id, blob] as const];
    }),
  );
  return { project, samples };
}

const TYPES: Readonly<Record<ExportKind, string>> = {
  midi: 'audio/midi',
  dawproject: 'application/zip',
  json: 'application/json',
  metadata: 'application/json',
};

async function write(project: Project, kind: ExportKind, samples: ReadonlyMap<string, Blob>): Promise<Blob> {
  return new Blob([await contentOf(project, kind, samples)], { type: TYPES[kind] });
}

async function contentOf(
  project: Project,
  kind: ExportKind,
  samples: ReadonlyMap<string, Blob>,
): Promise<string | Uint8Array<ArrayBuffer>> {
  switch (kind) {
    case 'midi':
      return writeProjectMidi(project);
    case 'json':
      return JSON.stringify(project, undefined, 1);
    case 'metadata':
      return JSON.stringify(beatMetadata(project), undefined, 1);
    case 'dawproject': {
      const bytes = await Promise.all(
        [...samples].map(async ([id, blob]) => [id, new Uint8Array(await blob.arrayBuffer())] as const),
      );
      return writeDawproject(project, { samples: new Map(bytes) });
    }
  }
}

Comlink.expose(api);
