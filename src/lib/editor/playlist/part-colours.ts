import type { Project, ProjectClip } from '../../core/project';

/** FL Studio's own greys, of tracks and of channels: nobody chose them. */
const UNTOUCHED = new Set(['#485156', '#5c656a']);

/** A colour that somebody chose; undefined for a program's default. */
export function chosenColour(colour: string | undefined): string | undefined {
  return colour === undefined || UNTOUCHED.has(colour) ? undefined : colour;
}

/** What a clip shares its colour with: its track, and in FL Studio, where any track takes any clip, what it plays. */
export function partOf(project: Pick<Project, 'format'>, clip: ProjectClip): string {
  if (project.format !== 'flp') return clip.trackId;
  return clip.patternId ?? clip.sampleId ?? clip.automationId ?? clip.trackId;
}

/** A number for every part that may need a colour, in the order in which the parts appear. */
export function partNumbers(project: Project): ReadonlyMap<string, number> {
  const rows = new Map(project.tracks.map(({ id }, row) => [id, row]));
  const clips = [...project.clips].sort(
    (a, b) => (rows.get(a.trackId) ?? 0) - (rows.get(b.trackId) ?? 0) || a.startTicks - b.startTicks,
  );
  const numbers = new Map<string, number>();
  for (const clip of clips) {
    const part = partOf(project, clip);
    if (!numbers.has(part)) numbers.set(part, numbers.size);
  }
  return numbers;
}
