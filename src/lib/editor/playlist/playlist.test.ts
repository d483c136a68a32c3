import { describe, expect, it } from 'vitest';
import type { Project, ProjectClip } from '../../core/project';
import { clipAt, contentSegments, nextClip, playlistRows, rowAt } from './rows';
import { barsPerLine, confineZoom, ticksOfX, zoomedStart } from './view';

const clip = (
  id: string,
  trackId: string,
  startTicks: number,
  endTicks: number,
  over: Partial<ProjectClip> = {},
): ProjectClip => ({
  id,
  trackId,
  kind: 'notes',
  name: id,
  startTicks,
  endTicks,
  startSeconds: 0,
  endSeconds: 0,
  offsetTicks: 0,
  ...over,
});
const a = clip('a', 'drums', 0, 3840);
const b = clip('b', 'drums', 7680, 11_520);
const c = clip('c', 'lead', 7000, 9000);

const project = {
  tracks: [
    { id: 'master', name: 'Master', kind: 'master' },
    { id: 'group', name: 'Band', kind: 'group' },
    { id: 'drums', name: 'Drums', kind: 'midi', parentId: 'group' },
    { id: 'empty', name: 'Empty', kind: 'audio' },
    { id: 'lead', name: 'Lead', kind: 'midi' },
  ],
  clips: [a, c, b],
  automation: [
    {
      id: 'v',
      name: 'Volume',
      target: { kind: 'volume', name: 'Volume' },
      scope: 'timeline',
      unit: 'gain',
      points: [
        { ticks: 0, value: 1 },
        { ticks: 10, value: 0 },
      ],
    },
    {
      id: 't',
      name: 'Tempo',
      target: { kind: 'tempo', name: 'Tempo' },
      scope: 'timeline',
      unit: 'bpm',
      points: [
        { ticks: 0, value: 90 },
        { ticks: 10, value: 95 },
      ],
    },
    {
      id: 'still',
      name: 'Pan',
      target: { kind: 'pan', name: 'Pan' },
      scope: 'timeline',
      unit: 'pan',
      points: [{ ticks: 0, value: 0 }],
    },
  ],
} as unknown as Project;

describe('playlistRows', () => {
  const { rows, emptyTracks, heightPx } = playlistRows(project);

  it('shows what holds something, its groups, and what moves, tempo first', () => {
    expect(rows.map((row) => row.name)).toEqual(['Band', 'Drums', 'Lead', 'Tempo', 'Volume']);
    expect(emptyTracks).toBe(1);
    const last = rows.at(-1)!;
    expect(heightPx).toBe(last.topPx + last.heightPx);
  });

  it('finds rows and clips under a point', () => {
    const drums = rows[1]!;
    expect(rowAt(rows, drums.topPx + 1)).toBe(drums);
    expect(rowAt(rows, heightPx + 1)).toBeUndefined();
    expect(clipAt(drums, 100)).toBe(a);
    expect(clipAt(drums, 5000)).toBeUndefined();
    expect(clipAt(rows[3], 0)).toBeUndefined();
  });

  it('walks over clips by keyboard', () => {
    expect(nextClip(rows, undefined, 'right')).toBe(a);
    expect(nextClip(rows, a, 'right')).toBe(b);
    expect(nextClip(rows, a, 'left')).toBe(a);
    expect(nextClip(rows, b, 'down')).toBe(c);
    expect(nextClip(rows, c, 'up')).toBe(b);
    expect(nextClip(rows, c, 'down')).toBe(c);
  });
});

describe('contentSegments', () => {
  it('plays once from the offset, or around the loop to the end', () => {
    expect(contentSegments(clip('x', 't', 100, 300, { offsetTicks: 50 }))).toEqual([
      { contentTicks: 50, startTicks: 100, lengthTicks: 200 },
    ]);
    const looped = clip('x', 't', 0, 250, { offsetTicks: 20, loop: { startTicks: 0, endTicks: 100 } });
    expect(contentSegments(looped)).toEqual([
      { contentTicks: 20, startTicks: 0, lengthTicks: 80 },
      { contentTicks: 0, startTicks: 80, lengthTicks: 100 },
      { contentTicks: 0, startTicks: 180, lengthTicks: 70 },
    ]);
  });

  it('does not hang on a damaged loop', () => {
    expect(contentSegments(clip('x', 't', 0, 1e9, { loop: { startTicks: 0, endTicks: 1 } })).length).toBe(
      2000,
    );
    expect(contentSegments(clip('x', 't', 0, 100, { loop: { startTicks: 5, endTicks: 5 } }))).toHaveLength(1);
  });
});

describe('view', () => {
  it('zooms around the pointer and never out of bounds', () => {
    const view = { startTicks: 10_000, pixelsPerTick: 0.02, topPx: 0, widthPx: 800, heightPx: 400 };
    const start = zoomedStart(view, 300, 0.04);
    expect(ticksOfX({ ...view, startTicks: start, pixelsPerTick: 0.04 }, 300)).toBeCloseTo(
      ticksOfX(view, 300),
      6,
    );
    expect(confineZoom(1e-9, 800, 100_000)).toBeCloseTo(800 / 102_000, 9);
    expect(confineZoom(99, 800, 100_000)).toBe(0.25);
    expect(barsPerLine(3, 12)).toBe(4);
  });
});
