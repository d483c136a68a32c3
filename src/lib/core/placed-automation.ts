import { straighten } from './automation-curve';
import { clipPasses } from './clip-passes';
import { groupBy } from './group-by';
import type { AutomationLane, AutomationPoint, Project, ProjectClip } from './project';

/** Enough for any arrangement; a short curve in a long loop must not make points, or looks at points, without end. */
const MAX_POINTS_A_LANE = 100_000;
const MAX_LOOKS_A_CLIP = 5_000_000;

/**
 * The automation of the arrangement as it plays, all on the time line: curves inside clips and patterns are laid out wherever
 * these are placed (and left out where they are not), bent segments in straight pieces.
 */
export function placedAutomation(project: Project): AutomationLane[] {
  const placements = groupBy(lanePlacements(project), ({ laneId }) => laneId);
  return project.automation.flatMap((lane): AutomationLane[] => {
    const points = straighten(lane.points);
    if (lane.scope === 'timeline') return [{ ...lane, points }];
    const placed = (placements.get(lane.id) ?? [])
      .flatMap(({ clip }) => placedPoints(points, clip))
      .slice(0, MAX_POINTS_A_LANE);
    return placed.length === 0 ? [] : [{ ...lane, scope: 'timeline', points: placed }];
  });
}

function lanePlacements(project: Project): { laneId: string; clip: ProjectClip }[] {
  const patterns = new Map(project.patterns.map((pattern) => [pattern.id, pattern]));
  return project.clips
    .filter(({ muted }) => muted !== true)
    .flatMap((clip) =>
      [
        ...(clip.automationId === undefined ? [] : [clip.automationId]),
        ...(clip.automationIds ?? []),
        ...(patterns.get(clip.patternId ?? '')?.automationIds ?? []),
      ].map((laneId) => ({ laneId, clip })),
    );
}

function placedPoints(points: readonly AutomationPoint[], clip: ProjectClip): AutomationPoint[] {
  const result: AutomationPoint[] = [];
  const maxPasses = Math.ceil(MAX_LOOKS_A_CLIP / Math.max(1, points.length));
  for (const { from, to, at } of clipPasses(clip, maxPasses)) {
    if (result.length >= MAX_POINTS_A_LANE) break;
    const before = points.findLast(({ ticks }) => ticks <= from);
    // The value the curve enters the clip with; what holds before it lies outside.
    if (before !== undefined && before.ticks < from) {
      result.push({ ...before, ticks: at, value: valueAt(points, from) });
    }
    for (const point of points) {
      if (point.ticks >= from && point.ticks < to) result.push({ ...point, ticks: at + point.ticks - from });
    }
  }
  return result;
}

function valueAt(points: readonly AutomationPoint[], ticks: number): number {
  const after = points.findIndex((point) => point.ticks > ticks);
  const before = points[after < 0 ? points.length - 1 : after - 1];
  const next = after < 0 ? undefined : points[after];
  if (before === undefined) return next?.value ?? 0;
  if (next === undefined || before.curve === 'hold') return before.value;
  return before.value + ((next.value - before.value) * (ticks - before.ticks)) / (next.ticks - before.ticks);
}
