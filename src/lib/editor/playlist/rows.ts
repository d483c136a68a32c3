import { straighten } from '../../core/automation-curve';
import type { AutomationLane, Project, ProjectClip, ProjectTrack } from '../../core/project';

interface RowPlace {
  readonly id: string;
  readonly name: string;
  readonly colour: string | undefined;
  /** From the top of all rows. */
  readonly topPx: number;
  readonly heightPx: number;
}

/** One lane of the arrangement as drawn. */
export type PlaylistRow =
  | (RowPlace & {
      readonly kind: 'track';
      readonly track: ProjectTrack;
      readonly clips: readonly ProjectClip[];
    })
  | (RowPlace & { readonly kind: 'automation'; readonly lane: AutomationLane });

export interface PlaylistRows {
  readonly rows: readonly PlaylistRow[];
  readonly heightPx: number;
  /** Tracks that hold nothing on the time line. */
  readonly emptyTracks: number;
}

const TRACK_PX = 44;
const GROUP_PX = 24;
const AUTOMATION_PX = 40;

/**
 * The rows of a project: its tracks that hold clips, groups around them as headings, and below them every parameter that
 * moves on the time line, the tempo first.
 */
export function playlistRows(project: Project): PlaylistRows {
  const byTrack = new Map<string, ProjectClip[]>();
  for (const clip of project.clips) {
    const list = byTrack.get(clip.trackId);
    if (list === undefined) byTrack.set(clip.trackId, [clip]);
    else list.push(clip);
  }
  const tracks = new Map(project.tracks.map((track) => [track.id, track]));
  const needed = new Set<string>();
  for (const id of byTrack.keys()) {
    // Upwards through the groups; a damaged file may close a circle.
    for (let at: string | undefined = id; at !== undefined && !needed.has(at); at = tracks.get(at)?.parentId)
      needed.add(at);
  }
  const rows: PlaylistRow[] = [];
  let topPx = 0;
  const place = (id: string, name: string, colour: string | undefined, heightPx: number): RowPlace => {
    const row = { id, name, colour, topPx, heightPx };
    topPx += heightPx;
    return row;
  };
  for (const track of project.tracks) {
    if (!needed.has(track.id)) continue;
    const clips = byTrack.get(track.id) ?? [];
    const height = clips.length === 0 ? GROUP_PX : TRACK_PX;
    rows.push({ ...place(track.id, track.name, track.colour, height), kind: 'track', track, clips });
  }
  const isTempo = (lane: AutomationLane): boolean => lane.target.kind === 'tempo';
  const moving = project.automation.filter((lane) => lane.scope === 'timeline' && lane.points.length > 1);
  for (const lane of [...moving.filter(isTempo), ...moving.filter((each) => !isTempo(each))]) {
    rows.push({
      ...place(lane.id, lane.name, undefined, AUTOMATION_PX),
      kind: 'automation',
      lane: drawn(lane),
    });
  }
  const emptyTracks = project.tracks.filter(
    (track) => !needed.has(track.id) && track.kind !== 'master' && track.kind !== 'return',
  ).length;
  return { rows, heightPx: topPx, emptyTracks };
}

/** The row under a height, or undefined below the last. */
export function rowAt(rows: readonly PlaylistRow[], y: number): PlaylistRow | undefined {
  return rows.find((row) => y >= row.topPx && y < row.topPx + row.heightPx);
}

/** The clip on a row at a tick; of overlapping ones the last, which is drawn on top. */
export function clipAt(row: PlaylistRow | undefined, ticks: number): ProjectClip | undefined {
  if (row?.kind !== 'track') return undefined;
  return row.clips.findLast((clip) => ticks >= clip.startTicks && ticks < clip.endTicks);
}

/** Where the keyboard goes from a clip: along its row, or to the nearest clip of the next row that has any. */
export function nextClip(
  rows: readonly PlaylistRow[],
  from: ProjectClip | undefined,
  direction: 'left' | 'right' | 'up' | 'down',
): ProjectClip | undefined {
  const filled = rows.filter((row) => row.kind === 'track' && row.clips.length > 0) as Extract<
    PlaylistRow,
    { kind: 'track' }
  >[];
  if (from === undefined) return filled[0]?.clips[0];
  const at = filled.findIndex((row) => row.track.id === from.trackId);
  const row = filled[at];
  if (row === undefined) return filled[0]?.clips[0];
  const i = row.clips.indexOf(from);
  if (direction === 'left') return row.clips[Math.max(0, i - 1)];
  if (direction === 'right') return row.clips[Math.min(row.clips.length - 1, i + 1)];
  const other = filled[at + (direction === 'up' ? -1 : 1)];
  if (other === undefined) return from;
  const distance = (clip: ProjectClip): number => Math.abs(clip.startTicks - from.startTicks);
  return other.clips.reduce((best, clip) => (distance(clip) < distance(best) ? clip : best));
}

/** A stretch of a clip's content and where on the time line it lies. */
export interface ContentSegment {
  readonly contentTicks: number;
  readonly startTicks: number;
  readonly lengthTicks: number;
}

/** More repetitions than this are a damaged loop, or too narrow to be seen. */
const MAX_SEGMENTS = 2000;

/** How the content of a clip repeats in it: once from its offset, or around its loop until the clip ends. */
export function contentSegments(clip: ProjectClip): ContentSegment[] {
  const { startTicks, endTicks, offsetTicks, loop } = clip;
  const loopTicks = loop === undefined ? 0 : loop.endTicks - loop.startTicks;
  if (loop === undefined || loopTicks <= 0) {
    return [{ contentTicks: offsetTicks, startTicks, lengthTicks: endTicks - startTicks }];
  }
  const segments: ContentSegment[] = [];
  let at = startTicks;
  let content = offsetTicks;
  while (at < endTicks && segments.length < MAX_SEGMENTS) {
    const untilWall = content < loop.endTicks ? loop.endTicks - content : Infinity;
    const lengthTicks = Math.min(untilWall, endTicks - at);
    segments.push({ contentTicks: content, startTicks: at, lengthTicks });
    at += lengthTicks;
    content = loop.startTicks;
  }
  return segments;
}

/** Bent segments as the straight pieces they are drawn with. */
export function drawn(lane: AutomationLane): AutomationLane {
  return { ...lane, points: straighten(lane.points) };
}
