import type { ProjectClip } from './project';

/** A stretch of content that a clip plays: `from`-`to` in content ticks, starting `at` on the time line. */
export interface ClipPass {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** No arrangement has more; a damaged loop would make passes without end. */
const MAX_PASSES = 2_000_000;
const MIN_LOOP_TICKS = 1;

/** What a clip plays of its content, its loop unrolled. */
export function clipPasses(
  clip: Pick<ProjectClip, 'startTicks' | 'endTicks' | 'offsetTicks' | 'loop'>,
  maxPasses: number = MAX_PASSES,
): ClipPass[] {
  const { loop, startTicks, endTicks, offsetTicks } = clip;
  const whole = { from: offsetTicks, to: offsetTicks + endTicks - startTicks, at: startTicks };
  if (loop === undefined || loop.endTicks - loop.startTicks < MIN_LOOP_TICKS) return [whole];
  const result = [];
  let at = startTicks;
  let from = offsetTicks;
  while (at < endTicks && result.length < maxPasses) {
    const to = Math.min(Math.max(loop.endTicks, from), from + endTicks - at);
    if (to > from) result.push({ from, to, at });
    at += to - from;
    if (to <= from && from === loop.startTicks) break;
    from = loop.startTicks;
  }
  return result;
}
