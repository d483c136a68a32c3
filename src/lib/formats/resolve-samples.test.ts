import { describe, expect, it } from 'vitest';
import { emptyDraft, finishProject } from '$lib/core/project-draft';
import { resolveSamples } from './resolve-samples';

const file = (path: string, size = 4): { path: string; blob: Blob } => ({
  path,
  blob: new Blob([new Uint8Array(size)]),
});
const resolve = (ref: { path: string; sizeBytes?: number }, ...files: ReturnType<typeof file>[]) => {
  const fileName = ref.path.split(/[\\/]/).at(-1)!;
  const sampleRefs = [{ id: 'sample:0', fileName, ...ref }];
  const { project } = finishProject({ ...emptyDraft('flp', 'x'), sampleRefs });
  return resolveSamples(project, [file('song.flp'), ...files]).sampleRefs[0]?.resolvedPath;
};

describe('resolveSamples', () => {
  it('takes the file with the longest common end of the path', () => {
    const path = String.raw`C:\Packs\Deep House\Kicks\Kick 01.wav`;
    expect(resolve({ path }, file('a/Snares/kick 01.wav'), file('b/Kicks/Kick 01.WAV'))).toBe(
      'b/Kicks/Kick 01.WAV',
    );
  });

  it('takes the file of the stored size among equals', () => {
    const files = [file('a/x.wav', 10), file('b/x.wav', 20)];
    expect(resolve({ path: '/y/x.wav', sizeBytes: 20 }, ...files)).toBe('b/x.wav');
  });

  it('leaves missing samples alone', () => {
    expect(resolve({ path: 'x.wav' }, file('y.wav'))).toBeUndefined();
  });
});
