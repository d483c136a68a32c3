import type { AutomationPoint } from './project';

/** Pieces of a curved segment: enough that the eye and the clock see no corners. */
const PIECES = 16;
/** A tension of 1 would be a jump. */
const MAX_TENSION = 0.98;

/** The same curve with every bent segment replaced by straight pieces; segments whose shape is not known stay straight. */
export function straighten(points: readonly AutomationPoint[]): readonly AutomationPoint[] {
  if (!points.some(isBent)) return points;
  return points.flatMap((point, i) => {
    const next = points[i + 1];
    if (next === undefined || !isBent(point)) return [point];
    const share = point.shape === 'double' ? doubleBend : bend;
    return Array.from({ length: PIECES }, (_, piece): AutomationPoint => {
      const x = piece / PIECES;
      return {
        ticks: point.ticks + (next.ticks - point.ticks) * x,
        value: point.value + (next.value - point.value) * share(x, point.tension ?? 0),
        curve: 'linear',
      };
    });
  });
}

function isBent({ curve, tension, shape }: AutomationPoint): boolean {
  return curve === 'curved' && tension !== undefined && tension !== 0 && shape !== 'other';
}

/** How far along the value is at `x` of the way: an exponential that is (1 + tension) / 2 of the way at half time. */
function bend(x: number, tension: number): number {
  const clamped = Math.max(-MAX_TENSION, Math.min(MAX_TENSION, tension));
  const base = ((1 - clamped) / (1 + clamped)) ** 2;
  return (base ** x - 1) / (base - 1);
}

/** The same bend out of the start and, mirrored, into the end. */
function doubleBend(x: number, tension: number): number {
  return x < 0.5 ? bend(2 * x, tension) / 2 : 1 - bend(2 - 2 * x, tension) / 2;
}
