import { describe, expect, it } from 'vitest';
import { placedAutomation } from './placed-automation';
import { emptyDraft, finishProject } from './project-draft';
import type { AutomationLane, DraftClip, Project } from './project';

const lane = (over: Partial<AutomationLane>): AutomationLane => ({
  id: 'l',
  name: 'Volume',
  target: { kind: 'volume', name: 'Volume' },
  scope: 'clip',
  unit: 'gain',
  points: [
    { ticks: 0, value: 0 },
    { ticks: 1000, value: 1 },
  ],
  ...over,
});

const clip = (over: Partial<DraftClip>): DraftClip => ({
  id: 'c',
  trackId: 't',
  kind: 'automation',
  name: '',
  startTicks: 0,
  endTicks: 1000,
  offsetTicks: 0,
  ...over,
});

function projectOf(automation: AutomationLane[], clips: DraftClip[]): Project {
  return finishProject({
    ...emptyDraft('flp', 'x'),
    automation,
    clips,
    patterns: [{ id: 'p', name: '', lengthTicks: 1000, notes: [], automationIds: ['l'] }],
  }).project;
}

const places = (project: Project): number[][] =>
  placedAutomation(project).flatMap(({ points }) => points.map(({ ticks, value }) => [ticks, value]));

describe('automation on the time line', () => {
  it('keeps what lies there already and leaves out what no clip plays', () => {
    expect(places(projectOf([lane({ scope: 'timeline' })], []))).toEqual([
      [0, 0],
      [1000, 1],
    ]);
    expect(places(projectOf([lane({})], [clip({ automationId: 'l', muted: true })]))).toEqual([]);
  });

  it('lays out clips from their offset, patterns and loops wherever they are placed', () => {
    const cut = clip({ automationId: 'l', startTicks: 4000, endTicks: 4400, offsetTicks: 500 });
    expect(places(projectOf([lane({})], [cut]))).toEqual([[4000, 0.5]]);
    const looped = clip({
      kind: 'notes',
      patternId: 'p',
      startTicks: 2000,
      endTicks: 4000,
      loop: { startTicks: 0, endTicks: 1001 },
    });
    expect(places(projectOf([lane({})], [looped]))).toEqual([
      [2000, 0],
      [3000, 1],
      [3001, 0],
    ]);
  });
});
