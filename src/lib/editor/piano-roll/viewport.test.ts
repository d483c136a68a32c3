import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Viewport } from './viewport';

const view = new Viewport({
  startSeconds: 10,
  pixelsPerSecond: 100,
  topRow: 40,
  rowHeightPx: 10,
  widthPx: 800,
  heightPx: 400,
  durationSeconds: 300,
  rowCount: 128,
});

describe('Viewport', () => {
  it('maps both ways', () => {
    expect(view.xOf(12)).toBe(200);
    expect(view.secondsOf(200)).toBe(12);
    expect(view.yOf(41)).toBe(10);
    expect(view.rowOf(15)).toBe(41);
    expect(view.endSeconds).toBe(18);
  });

  it('keeps what lies under the pointer where it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 800 }),
        fc.integer({ min: 0, max: 400 }),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        (x, y, factor) => {
          const zoomed = view.zoomAt(x, y, factor);
          // At the very start the view cannot move further left; elsewhere the point is fixed.
          if (zoomed.state.startSeconds > 0) expect(zoomed.secondsOf(x)).toBeCloseTo(view.secondsOf(x), 6);
        },
      ),
    );
  });

  it('never leaves its limits', () => {
    const far = view.panBy(1e9, 1e9).state;
    expect(far.startSeconds).toBeLessThanOrEqual(300);
    expect(far.topRow).toBe(128 - 40);
    const near = view.panBy(-1e9, -1e9).state;
    expect(near.startSeconds).toBe(0);
    expect(near.topRow).toBe(0);
    expect(view.zoomAt(0, 0, 1e9, 1e9).state.pixelsPerSecond).toBeLessThan(1e5);
  });

  it('fits a range with air around it', () => {
    const fitted = view.fit({ startSeconds: 100, endSeconds: 110, topRow: 60, bottomRow: 70 });
    expect(fitted.xOf(100)).toBeGreaterThan(0);
    expect(fitted.xOf(110)).toBeLessThan(800);
    expect(fitted.yOf(60)).toBeGreaterThanOrEqual(0);
    expect(fitted.yOf(71)).toBeLessThanOrEqual(400);
  });
});
