import { describe, expect, it } from 'vitest';
import { emptyDraft, finishProject } from '../../core/project-draft';
import type { AutomationPoint, Project, ProjectNote } from '../../core/project';
import { packProject, unpackProject } from './packed-project';

function projectOf(notes: readonly ProjectNote[], points: readonly AutomationPoint[]): Project {
  return finishProject({
    ...emptyDraft('flp', 'x'),
    patterns: [
      { id: 'a', name: 'A', lengthTicks: 3840, notes },
      { id: 'b', name: 'B', lengthTicks: 0, notes: notes.slice(0, 3) },
    ],
    automation: [
      {
        id: 'l',
        name: 'L',
        target: { kind: 'tempo', name: 'Tempo' },
        scope: 'timeline',
        unit: 'bpm',
        points,
      },
    ],
  }).project;
}

/** Each optional field in some rows only, and every type a field has. */
function variedNotes(count: number): ProjectNote[] {
  return Array.from({ length: count }, (_, i) => ({
    startTicks: i / 3,
    durationTicks: i % 5,
    pitch: i % 128,
    velocity: (i % 128) / 127,
    ...(i % 2 === 0 ? { channelId: `channel:${i % 7}` } : {}),
    ...(i % 3 === 0 ? { muted: i % 2 === 0 } : {}),
    ...(i % 4 === 0 ? { pan: -0.5 } : {}),
    ...(i % 50 === 49 ? { slide: true, detuneCents: -10 } : {}),
  }));
}

describe('a project between worker and page', () => {
  it('arrives as it was, through a real structured clone', () => {
    const points: AutomationPoint[] = Array.from({ length: 200 }, (_, i) => ({
      ticks: i,
      value: -i,
      ...(i % 2 === 0 ? { curve: 'hold' as const } : { curve: 'curved' as const, tension: 0.25 }),
    }));
    const project = projectOf(variedNotes(1000), points);
    const { packed, transfer } = packProject(project);
    expect(transfer.length).toBeGreaterThan(5);
    expect(unpackProject(structuredClone(packed, { transfer }))).toEqual(project);
  });

  it('takes no more pieces for many short lists than for a long one', () => {
    const pattern = { id: 'p', name: 'P', lengthTicks: 1, notes: variedNotes(3) };
    const empty = { ...pattern, notes: [] };
    const project = {
      ...projectOf([], []),
      patterns: [empty, ...new Array<typeof pattern>(50).fill(pattern), empty],
    };
    const { packed, transfer } = packProject(project);
    expect(transfer.length).toBeLessThan(10);
    expect(unpackProject(structuredClone(packed, { transfer }))).toEqual(project);
  });

  it('leaves the project it packed untouched', () => {
    const project = projectOf(variedNotes(100), []);
    const before = structuredClone(project);
    const { packed, transfer } = packProject(project);
    structuredClone(packed, { transfer });
    expect(project).toEqual(before);
  });
});
