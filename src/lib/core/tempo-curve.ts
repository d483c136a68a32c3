import { TICKS_PER_QUARTER } from './notes';
import type { Project, TempoChange } from './project';
import { TempoMap, type TempoPoint } from './tempo-map';

/** Slower or faster than this no program goes; such values come from damaged files. */
const MIN_BPM = 1;
const MAX_BPM = 5000;
/** A ramp becomes steps of a 16th note; between their ends the error stays far below a millisecond. */
const RAMP_STEP_TICKS = TICKS_PER_QUARTER / 4;
const MAX_STEPS_A_RAMP = 2048;
const MAX_POINTS = 100_000;
const DEFAULT_BPM = 120;

/**
 * Tempo changes as projects store them (jumps and linear ramps) to a stepped map. Each step carries the logarithmic
 * mean of its end tempi, which makes the seconds at every step exact: time over a ramp is the integral of 60 / bpm.
 * Impossible tempi are dropped. The result always starts at tick 0.
 */
export function stepTempo(changes: readonly TempoChange[]): TempoMap {
  const sorted = changes
    .filter(({ tick, bpm }) => Number.isFinite(tick) && bpm >= MIN_BPM && bpm <= MAX_BPM)
    .map((change) => (change.tick < 0 ? { ...change, tick: 0 } : change))
    .sort((a, b) => a.tick - b.tick)
    .slice(0, MAX_POINTS);
  const first = sorted[0];
  if (first === undefined) return TempoMap.constant(DEFAULT_BPM);
  const steps: { tick: number; bpm: number }[] = [{ tick: 0, bpm: first.bpm }];
  for (const [i, change] of sorted.entries()) {
    const next = sorted[i + 1];
    const isRamp = change.curve === 'linear' && next !== undefined && next.bpm !== change.bpm;
    if (isRamp && steps.length < MAX_POINTS) pushRamp(steps, change, next);
    else if (steps.at(-1)!.bpm !== change.bpm) steps.push({ tick: change.tick, bpm: change.bpm });
  }
  return TempoMap.fromTicks(withoutRepeats(steps));
}

/** Only the last change at a tick counts, and a change to the tempo that holds already says nothing. */
function withoutRepeats(steps: readonly { tick: number; bpm: number }[]): { tick: number; bpm: number }[] {
  const kept: { tick: number; bpm: number }[] = [];
  for (const step of steps) {
    if (kept.at(-1)?.tick === step.tick) kept.pop();
    if (kept.at(-1)?.bpm !== step.bpm) kept.push(step);
  }
  return kept;
}

function pushRamp(steps: { tick: number; bpm: number }[], from: TempoChange, to: TempoChange): void {
  const lengthTicks = to.tick - from.tick;
  const count = Math.min(MAX_STEPS_A_RAMP, Math.max(1, Math.ceil(lengthTicks / RAMP_STEP_TICKS)));
  if (lengthTicks <= 0) return;
  for (let i = 0; i < count; i++) {
    const startBpm = from.bpm + ((to.bpm - from.bpm) * i) / count;
    const endBpm = from.bpm + ((to.bpm - from.bpm) * (i + 1)) / count;
    steps.push({
      tick: from.tick + (lengthTicks * i) / count,
      bpm: (endBpm - startBpm) / Math.log(endBpm / startBpm),
    });
  }
}

/** What a user calls "the" tempo of a project: the one it states, else the one that holds longest. */
export function projectBpm(project: Pick<Project, 'statedBpm' | 'tempoMap' | 'lengthTicks'>): number {
  return project.statedBpm ?? mainBpm(project.tempoMap, project.lengthTicks);
}

function mainBpm(points: readonly TempoPoint[], lengthTicks: number): number {
  const ticksByBpm = new Map<number, number>();
  let best = points[0]?.bpm ?? DEFAULT_BPM;
  for (const [i, point] of points.entries()) {
    const endTick = Math.max(point.tick, Math.min(points[i + 1]?.tick ?? Infinity, lengthTicks));
    const total = (ticksByBpm.get(point.bpm) ?? 0) + endTick - point.tick;
    ticksByBpm.set(point.bpm, total);
    if (total > (ticksByBpm.get(best) ?? 0)) best = point.bpm;
  }
  return best;
}
