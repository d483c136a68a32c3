/** What of the arrangement is on screen. Ticks run to the right, pixels of rows downwards. */
export interface PlaylistView {
  readonly startTicks: number;
  readonly pixelsPerTick: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export function xOfTicks(view: PlaylistView, ticks: number): number {
  return (ticks - view.startTicks) * view.pixelsPerTick;
}

export function ticksOfX(view: PlaylistView, x: number): number {
  return view.startTicks + x / view.pixelsPerTick;
}

/** A bar as wide as this is as close as a playlist needs to look; beyond lies the piano roll. */
const MAX_PIXELS_PER_TICK = 0.25;
/** Browsers cannot scroll further than this. */
const MAX_SCROLL_PX = 8_000_000;

/** Keeps a zoom between the whole arrangement in view and the closest look. */
export function confineZoom(pixelsPerTick: number, widthPx: number, lengthTicks: number): number {
  const whole = widthPx / Math.max(1, lengthTicks * 1.02);
  const most = Math.min(MAX_PIXELS_PER_TICK, MAX_SCROLL_PX / Math.max(1, lengthTicks));
  return Math.min(Math.max(whole, most), Math.max(Math.min(whole, most), pixelsPerTick));
}

/** Zooms so that the tick under x stays under x. */
export function zoomedStart(view: PlaylistView, x: number, pixelsPerTick: number): number {
  return Math.max(0, ticksOfX(view, x) - x / pixelsPerTick);
}

/** Every how many bars a line is drawn: a power of two that keeps lines apart. */
export function barsPerLine(barPx: number, leastPx: number): number {
  let every = 1;
  while (barPx * every < leastPx && every < 4096) every *= 2;
  return every;
}
