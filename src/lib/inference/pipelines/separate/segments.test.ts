import { describe, expect, it } from 'vitest';
import { HOP_SAMPLES, LEAD_FRAMES, MARGIN_FRAMES, WINDOW_FRAMES } from './constants';
import { planSegments, segmentSamples } from './segments';

describe('planSegments', () => {
  it.each([1, 1023, 1024, 1025, 500_000, 521_216, 521_217, 530_000, 1_323_000, 44_100 * 5400])(
    'keeps every frame of %i samples once',
    (lengthSamples) => {
      const segments = planSegments(lengthSamples);
      const total = LEAD_FRAMES + Math.ceil(lengthSamples / HOP_SAMPLES);
      let next = 0;
      for (const { firstFrame, frameCount, keepFrom, keepTo } of segments) {
        expect(firstFrame + keepFrom).toBe(next);
        expect(keepTo).toBeGreaterThan(keepFrom);
        next = firstFrame + keepTo;
        expect(firstFrame).toBeGreaterThanOrEqual(0);
        expect(frameCount).toBeLessThanOrEqual(WINDOW_FRAMES);
        expect(firstFrame + frameCount).toBeLessThanOrEqual(total);
        if (firstFrame > 0) expect(keepFrom).toBeGreaterThanOrEqual(MARGIN_FRAMES);
        if (firstFrame + frameCount < total) expect(frameCount - keepTo).toBe(MARGIN_FRAMES);
      }
      expect(next).toBe(total);
    },
  );

  it('has nothing to do for nothing', () => {
    expect(planSegments(0)).toEqual([]);
  });

  it('reads the samples under its frames', () => {
    const [first] = planSegments(1);
    expect(segmentSamples(first!)).toEqual({ startSamples: -3072, lengthSamples: 3 * 1024 + 4096 });
  });
});
