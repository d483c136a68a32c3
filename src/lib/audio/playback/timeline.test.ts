import { describe, expect, it } from 'vitest';
import { positionAfter, spans, usableLoop } from './timeline';

describe('spans', () => {
  it('is one stretch without a loop and ends with the recording', () => {
    expect(spans({ fromSeconds: 1, lengthSeconds: 0.25, durationSeconds: 10, loop: null })).toEqual([
      { startSeconds: 1, endSeconds: 1.25, delaySeconds: 0 },
    ]);
    const last = spans({ fromSeconds: 9.9, lengthSeconds: 0.25, durationSeconds: 10, loop: null });
    expect(last).toHaveLength(1);
    expect(last[0]!.endSeconds).toBe(10);
    expect(spans({ fromSeconds: 10, lengthSeconds: 1, durationSeconds: 10, loop: null })).toEqual([]);
  });

  it('wraps at the end of the loop as often as it takes', () => {
    const loop = { startSeconds: 2, endSeconds: 2.1 };
    const found = spans({ fromSeconds: 2.05, lengthSeconds: 0.25, durationSeconds: 10, loop });
    expect(found.map((span) => span.startSeconds)).toEqual([2.05, 2, 2]);
    expect(found.map((span) => span.delaySeconds)).toEqual([
      0,
      expect.closeTo(0.05, 9),
      expect.closeTo(0.15, 9),
    ]);
    const total = found.reduce((sum, span) => sum + span.endSeconds - span.startSeconds, 0);
    expect(total).toBeCloseTo(0.25, 9);
  });

  it('plays on behind the loop and runs into it from before', () => {
    const loop = { startSeconds: 2, endSeconds: 4 };
    expect(spans({ fromSeconds: 5, lengthSeconds: 1, durationSeconds: 10, loop })[0]!.endSeconds).toBe(6);
    expect(
      spans({ fromSeconds: 1, lengthSeconds: 4, durationSeconds: 10, loop }).map((s) => s.startSeconds),
    ).toEqual([1, 2]);
  });
});

describe('positionAfter', () => {
  it('agrees with the spans that were scheduled', () => {
    const loop = { startSeconds: 2, endSeconds: 3.5 };
    for (const fromSeconds of [0.5, 2.2, 3.4, 6]) {
      const all = spans({ fromSeconds, lengthSeconds: 7, durationSeconds: 20, loop });
      for (const span of all) {
        const at = positionAfter({
          fromSeconds,
          elapsedSeconds: span.delaySeconds + 0.01,
          durationSeconds: 20,
          loop,
        });
        expect(at).toBeCloseTo(span.startSeconds + 0.01, 6);
      }
    }
  });

  it('stops at the end', () => {
    expect(positionAfter({ fromSeconds: 5, elapsedSeconds: 99, durationSeconds: 8, loop: null })).toBe(8);
  });
});

describe('usableLoop', () => {
  it('orders, clips and refuses what would buzz', () => {
    expect(usableLoop({ startSeconds: 5, endSeconds: 2 }, 10)).toEqual({ startSeconds: 2, endSeconds: 5 });
    expect(usableLoop({ startSeconds: 8, endSeconds: 20 }, 10)).toEqual({ startSeconds: 8, endSeconds: 10 });
    expect(usableLoop({ startSeconds: 2, endSeconds: 2.01 }, 10)).toBeNull();
    expect(usableLoop(null, 10)).toBeNull();
  });
});
