import type { Gesture, GestureContext, PointerAt, Preview } from './gesture';

/** Drags the view itself. */
export function beginPan(context: GestureContext, from: PointerAt): Gesture {
  return {
    cursor: 'grabbing',
    move: (pointer): Preview => ({
      viewport: context.viewport.panBy(from.x - pointer.x, from.y - pointer.y),
    }),
    end: () => ({}),
  };
}

interface TwoPoints {
  readonly x: number;
  readonly y: number;
}

/** Two fingers: what lay between them stays between them. Distances below 24 px do not zoom, they are noise. */
export function pinchedViewport(
  context: GestureContext,
  from: readonly [TwoPoints, TwoPoints],
  to: readonly [TwoPoints, TwoPoints],
): GestureContext['viewport'] {
  const before = middle(from);
  const after = middle(to);
  const factor = (a: number, b: number): number => (a < 24 || b < 24 ? 1 : b / a);
  const factorX = factor(Math.abs(from[0].x - from[1].x), Math.abs(to[0].x - to[1].x));
  const factorY = factor(Math.abs(from[0].y - from[1].y), Math.abs(to[0].y - to[1].y));
  return context.viewport
    .panBy(before.x - after.x, before.y - after.y)
    .zoomAt(after.x, after.y, factorX, factorY);
}

function middle([a, b]: readonly [TwoPoints, TwoPoints]): TwoPoints {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
