import { describe, expect, it } from 'vitest';
import type { DraftClip, Project } from './project';
import { emptyDraft, finishProject } from './project-draft';
import type { TimeSignature } from './tempo-map';

const BAR = 3840;

/** A song of parts, each a list of [first bar, end bar) on a track of its own; every part plays notes throughout. */
function song(
  parts: readonly (readonly (readonly [number, number])[])[],
  overrides: Partial<DraftClip> = {},
  metre: TimeSignature = { numerator: 4, denominator: 4 },
): Project {
  return finishProject({
    ...emptyDraft('als', 'Song'),
    timeSignatures: [{ tick: 0, ...metre }],
    tracks: parts.map((_, i) => ({ id: `track:${i}`, name: `Part ${i}`, kind: 'midi' })),
    clips: parts.flatMap((spans, i) =>
      spans.map(([from, to], j) => ({
        id: `clip:${i}:${j}`,
        trackId: `track:${i}`,
        kind: 'notes' as const,
        name: '',
        startTicks: from * BAR,
        endTicks: to * BAR,
        offsetTicks: 0,
        loop: { startTicks: 0, endTicks: BAR },
        patternId: 'pattern',
        ...overrides,
      })),
    ),
    patterns: [
      {
        id: 'pattern',
        name: '',
        lengthTicks: BAR,
        notes: [{ startTicks: 0, durationTicks: 960, pitch: 60, velocity: 1 }],
      },
    ],
  }).project;
}

const sections = (project: Project): unknown[] =>
  project.sections.map(({ kind, startTicks, endTicks }) => [kind, startTicks / BAR, endTicks / BAR]);

describe('sections', () => {
  it('take four beats for a bar where the file says that a beat is one', () => {
    const parts = [[[0, 40]], [[8, 32]], [[9, 32]]] as const;
    const inBeats = song(parts, {}, { numerator: 1, denominator: 4 });
    expect(sections(inBeats)).toEqual(sections(song(parts)));
  });

  it('are inferred from what plays when', () => {
    const project = song([
      [[0, 40]],
      [[8, 32]],
      [
        [8, 24],
        [28, 32],
      ],
      [
        [16, 24],
        [28, 32],
      ],
    ]);
    expect(sections(project)).toEqual([
      ['intro', 0, 8],
      // Three of four parts and all four share enough to be one section.
      ['hook', 8, 24],
      ['break', 24, 28],
      ['hook', 28, 32],
      ['outro', 32, 40],
    ]);
    expect(project.sections.every(({ origin }) => origin === 'inferred')).toBe(true);
    expect(project.sections[1]?.startSeconds).toBeCloseTo(16, 9);
  });

  it('have no part in clips that are muted', () => {
    expect(song([[[0, 8]]], { muted: true }).sections).toEqual([]);
  });

  it('come from text markers where there are any', () => {
    const { project } = finishProject({
      ...emptyDraft('flp', 'Song'),
      markers: [
        { ticks: 0, name: 'Intro', kind: 'text' },
        { ticks: 8 * BAR, name: 'Chorus 1', kind: 'text' },
        { ticks: 16 * BAR, name: 'The end', kind: 'text' },
        { ticks: 4 * BAR, name: '', kind: 'loop' },
      ],
      clips: [],
      tracks: [],
    });
    expect(project.sections.map(({ name, kind, origin }) => [name, kind, origin])).toEqual([
      ['Intro', 'intro', 'marker'],
      ['Chorus 1', 'hook', 'marker'],
    ]);
  });
});

describe('finishProject', () => {
  it('leaves out what is no number and starts tempo and metre at 0', () => {
    const { project } = finishProject({
      ...emptyDraft('midi', 'x'),
      tempo: [
        { tick: 960, bpm: 90 },
        { tick: 1920, bpm: 0 },
        { tick: NaN, bpm: 100 },
      ],
      timeSignatures: [
        { tick: 960, numerator: 0, denominator: 4 },
        { tick: 1920, numerator: 3, denominator: 4 },
      ],
    });
    expect(project.tempoMap).toEqual([{ tick: 0, seconds: 0, bpm: 90 }]);
    expect(project.timeSignatures).toEqual([
      { tick: 0, numerator: 4, denominator: 4 },
      { tick: 1920, numerator: 3, denominator: 4 },
    ]);
  });
});
