import { describe, expect, it } from 'vitest';
import type { Project, ProjectClip } from '../../core/project';
import { chosenColour, partNumbers, partOf } from './part-colours';

const clip = (trackId: string, startTicks: number, over: Partial<ProjectClip> = {}): ProjectClip => ({
  id: `${trackId}${startTicks}`,
  trackId,
  kind: 'notes',
  name: '',
  startTicks,
  endTicks: startTicks + 1,
  startSeconds: 0,
  endSeconds: 0,
  offsetTicks: 0,
  ...over,
});
const project = (format: Project['format'], clips: readonly ProjectClip[]): Project =>
  ({ format, clips, tracks: [{ id: 'a' }, { id: 'b' }] }) as unknown as Project;

describe('colours of parts', () => {
  it('are those somebody chose, not the greys FL gives everything', () => {
    expect(chosenColour('#ff0000')).toBe('#ff0000');
    expect(chosenColour('#485156')).toBeUndefined();
    expect(chosenColour(undefined)).toBeUndefined();
  });

  it('go by track from the top, in FL Studio by what is played', () => {
    const clips = [
      clip('b', 0, { patternId: 'p' }),
      clip('a', 9, { patternId: 'q' }),
      clip('a', 5, { patternId: 'p' }),
    ];
    expect([...partNumbers(project('als', clips))]).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
    expect([...partNumbers(project('flp', clips))]).toEqual([
      ['p', 0],
      ['q', 1],
    ]);
    expect(partOf(project('flp', []), clip('a', 0, { kind: 'audio', sampleId: 's' }))).toBe('s');
  });
});
