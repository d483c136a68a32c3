import type { Project, SampleRef } from '../core/project';
import type { InputFile } from './reader';

interface Candidate {
  readonly file: InputFile;
  /** Folders and name in lower case, from the name upwards. */
  readonly tail: readonly string[];
}

/**
 * Finds each sample among the files dropped with the project: the file that shares the longest tail of its path, from
 * the name upwards; among equals the one of the stored size. A reference a reader has resolved already is kept.
 */
export function resolveSamples(project: Project, files: readonly InputFile[]): Project {
  if (project.sampleRefs.length === 0 || files.length < 2) return project;
  const byName = new Map<string, Candidate[]>();
  for (const file of files) {
    const tail = tailOf(file.path);
    const name = tail[0] ?? '';
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [{ file, tail }]);
    else known.push({ file, tail });
  }
  return { ...project, sampleRefs: project.sampleRefs.map((ref) => resolve(ref, byName)) };
}

function resolve(ref: SampleRef, byName: ReadonlyMap<string, readonly Candidate[]>): SampleRef {
  if (ref.resolvedPath !== undefined) return ref;
  const wanted = tailOf(ref.path);
  const candidates = byName.get(wanted[0] ?? '') ?? byName.get(ref.fileName.toLowerCase()) ?? [];
  let best: Candidate | undefined;
  let bestScore = -1;
  for (const candidate of candidates) {
    const isSameSize = ref.sizeBytes !== undefined && ref.sizeBytes === candidate.file.blob.size;
    const score = sharedTail(wanted, candidate.tail) * 2 + (isSameSize ? 1 : 0);
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  if (best === undefined) return ref;
  return { ...ref, resolvedPath: best.file.path, sizeBytes: ref.sizeBytes ?? best.file.blob.size };
}

/** Projects from another system use its slashes and do not care about case. */
function tailOf(path: string): string[] {
  return path
    .toLowerCase()
    .normalize('NFC')
    .split(/[\\/]+/)
    .reverse();
}

function sharedTail(a: readonly string[], b: readonly string[]): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return shared;
}
