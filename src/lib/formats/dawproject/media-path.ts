import type { Project } from '../../core/project';

/** Where a sample lies inside the archive; numbered, since two samples may share a name. */
export function embeddedPath(project: Project, sampleId: string): string | undefined {
  const index = project.sampleRefs.findIndex(({ id }) => id === sampleId);
  const ref = project.sampleRefs[index];
  return ref === undefined ? undefined : `audio/${index + 1}-${ref.fileName}`;
}
