/** Makes a canvas as many device pixels as it covers and returns its context in CSS pixels, cleared. */
export function beginFrame(
  canvas: HTMLCanvasElement,
  widthPx: number,
  heightPx: number,
): CanvasRenderingContext2D | undefined {
  const scale = Math.min(3, globalThis.devicePixelRatio || 1);
  const width = Math.max(1, Math.round(widthPx * scale));
  const height = Math.max(1, Math.round(heightPx * scale));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, widthPx, heightPx);
  return context;
}

/** A one-pixel line falls on whole pixels, else it is two grey ones. */
export function crisp(position: number): number {
  return Math.round(position) + 0.5;
}
