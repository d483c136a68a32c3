import { describe, expect, it } from 'vitest';
import { projectBpm, stepTempo } from './tempo-curve';

describe('stepTempo', () => {
  it('takes as long over a ramp as the integral of 60 / bpm', () => {
    const map = stepTempo([
      { tick: 0, bpm: 60, curve: 'linear' },
      { tick: 9600, bpm: 180 },
    ]);
    // Over 10 quarters from 60 to 180: 60 * 10 / 120 * ln 3.
    expect(map.ticksToSeconds(9600)).toBeCloseTo(5 * Math.log(3), 9);
    expect(map.ticksToSeconds(9600 + 960) - map.ticksToSeconds(9600)).toBeCloseTo(1 / 3, 9);
  });

  it('jumps where nothing else is said, and drops impossible tempi', () => {
    const map = stepTempo([
      { tick: 960, bpm: 240 },
      { tick: 0, bpm: 120 },
      { tick: 480, bpm: 1e9 },
    ]);
    expect(map.points).toEqual([
      { tick: 0, seconds: 0, bpm: 120 },
      { tick: 960, seconds: 0.5, bpm: 240 },
    ]);
    expect(stepTempo([]).points[0]?.bpm).toBe(120);
  });

  it('names the stated tempo, else the one that holds longest', () => {
    const tempoMap = stepTempo([
      { tick: 0, bpm: 100 },
      { tick: 960, bpm: 120 },
    ]).points;
    expect(projectBpm({ tempoMap, lengthTicks: 9600 })).toBe(120);
    expect(projectBpm({ tempoMap, lengthTicks: 9600, statedBpm: 90 })).toBe(90);
  });
});
