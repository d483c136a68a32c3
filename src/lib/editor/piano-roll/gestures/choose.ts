import { beginCut } from './cut';
import { beginDraw, beginPaint } from './draw';
import { beginErase } from './erase';
import { hitTest, type Gesture, type GestureContext, type PointerAt, type Tool } from './gesture';
import { beginMove } from './move';
import { beginPan } from './pan';
import { beginResize } from './resize';
import { beginMarquee } from './select';

export interface Press {
  readonly tool: Tool;
  /** As `PointerEvent.button`: 0 main, 1 middle, 2 secondary. */
  readonly button: number;
  readonly isTouch: boolean;
}

/**
 * What a press begins. The middle button pans and the secondary one erases with every tool; with the draw tool notes are
 * moved and resized as with the select tool. A finger on empty space pans, since there is no wheel.
 */
export function beginGesture(context: GestureContext, press: Press, at: PointerAt): Gesture {
  if (press.button === 1) return beginPan(context, at);
  if (press.button === 2 || press.tool === 'delete') return beginErase(context, at);
  if (press.tool === 'cut') return beginCut(context);
  const hit = hitTest(context, at);
  if (press.tool === 'paint') return beginPaint(context, at);
  if (hit !== undefined) {
    return hit.part === 'body'
      ? beginMove(context, hit.note, at)
      : beginResize(context, hit.note, hit.part, at);
  }
  if (press.tool === 'draw') return beginDraw(context, at);
  return press.isTouch && !at.shift ? beginTouchPan(context, at) : beginMarquee(context, at);
}

/** Pans, but a tap clears the selection as a click does. */
function beginTouchPan(context: GestureContext, from: PointerAt): Gesture {
  const pan = beginPan(context, from);
  return {
    ...pan,
    end: (at) => (Math.hypot(at.x - from.x, at.y - from.y) < 6 ? { selection: new Set() } : {}),
  };
}

/** The cursor over a point while nothing is pressed. */
export function hoverCursor(context: GestureContext, tool: Tool, at: { x: number; y: number }): string {
  if (tool === 'delete') return 'not-allowed';
  if (tool === 'cut') return 'text';
  const hit = hitTest(context, at);
  if (hit === undefined || tool === 'paint') return tool === 'select' ? 'default' : 'crosshair';
  return hit.part === 'body' ? 'grab' : 'ew-resize';
}
