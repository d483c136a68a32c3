import { clipPasses } from '../../core/clip-passes';
import { groupBy } from '../../core/group-by';
import type { Project, ProjectClip, ProjectNote } from '../../core/project';

/** A note on the time line, with the lane it sounds on. */
export interface ArrangedNote {
  /** Index in `project.tracks`; in FL Studio, where notes belong to instruments, the number of the rack channel. */
  readonly trackIndex: number;
  /** The id of that track or channel. */
  readonly laneId: string;
  readonly note: ProjectNote;
}

/** No arrangement has more; a damaged loop would make notes without end. */
const MAX_NOTES = 2_000_000;
const RACK_CHANNEL = /^channel:(\d+)$/;

/** Each note the project stores, once, counted from the start of its pattern, on the track that plays it first. */
export function storedNotes(project: Project): ArrangedNote[] {
  const lanes = laneIndex(project);
  const clips = [
    ...project.clips,
    ...project.sessionClips.map(({ clip }) => clip),
    ...project.otherArrangements.flatMap((arrangement) => arrangement.clips),
  ];
  const firstClip = new Map<string, ProjectClip>();
  for (const clip of clips) {
    if (clip.patternId !== undefined && !firstClip.has(clip.patternId)) firstClip.set(clip.patternId, clip);
  }
  return project.patterns.flatMap((pattern) => {
    const clip = firstClip.get(pattern.id);
    return pattern.notes.map((note) => placed(lanes, note, clip?.trackId, note.startTicks));
  });
}

/**
 * What the arrangement plays: every clip with its content, loops unrolled, notes cut at the clip's end, muted clips left
 * out. A sketch without any clip of notes plays its patterns one after another.
 */
export function arrangedNotes(project: Project): ArrangedNote[] {
  const lanes = laneIndex(project);
  const patterns = new Map(project.patterns.map((pattern) => [pattern.id, pattern]));
  const result: ArrangedNote[] = [];
  const clips = project.clips.filter(
    ({ patternId }) => (patterns.get(patternId ?? '')?.notes.length ?? 0) > 0,
  );
  for (const clip of clips) {
    if (clip.muted === true) continue;
    const { notes } = patterns.get(clip.patternId!)!;
    for (const pass of clipPasses(clip)) {
      for (const note of notes) {
        if (note.startTicks < pass.from || note.startTicks >= pass.to || note.muted === true) continue;
        const start = pass.at + note.startTicks - pass.from;
        const durationTicks = Math.min(note.durationTicks, clip.endTicks - start);
        result.push(placed(lanes, { ...note, durationTicks }, clip.trackId, start));
        if (result.length >= MAX_NOTES) return result;
      }
    }
  }
  return clips.length > 0 ? result : sketch(project, lanes);
}

function sketch(project: Project, lanes: ReadonlyMap<string, number>): ArrangedNote[] {
  let shift = 0;
  return project.patterns.flatMap((pattern) => {
    const at = shift;
    shift += pattern.notes.length === 0 ? 0 : pattern.lengthTicks;
    return pattern.notes.map((note) => placed(lanes, note, undefined, note.startTicks + at));
  });
}

function laneIndex(project: Project): Map<string, number> {
  return new Map([
    ...project.tracks.map(({ id }, i) => [id, i] as const),
    ...project.mixer.map(({ id }, i) => [id, Number(RACK_CHANNEL.exec(id)?.[1] ?? i)] as const),
  ]);
}

function placed(
  lanes: ReadonlyMap<string, number>,
  note: ProjectNote,
  trackId: string | undefined,
  startTicks: number,
): ArrangedNote {
  const laneId = note.channelId ?? trackId ?? '';
  return { trackIndex: lanes.get(laneId) ?? -1, laneId, note: { ...note, startTicks } };
}

/** Notes by lane, lanes in the order of the project. */
export function byLane(notes: readonly ArrangedNote[]): Map<string, ArrangedNote[]> {
  const sorted = [...notes].sort(
    (a, b) =>
      a.trackIndex - b.trackIndex || a.note.startTicks - b.note.startTicks || a.note.pitch - b.note.pitch,
  );
  return groupBy(sorted, ({ laneId }) => laneId);
}
