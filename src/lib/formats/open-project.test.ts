import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { expandArchives, openProject } from '.';
import { bytes, event, flpFile, text16 } from './flp/flp-test-file';

const flp = flpFile([
  event(199, bytes('20.8.4.2576\0')),
  event(64, [0, 0]),
  event(196, text16('C:\\Sounds\\kick.wav')),
]);
const midi = new Uint8Array(readFileSync('tests/fixtures/midi/running-status.mid'));
const file = (path: string, data: Uint8Array<ArrayBuffer>) => ({ path, blob: new Blob([data]) });

describe('openProject', () => {
  it('prefers the project of a folder to its backups and MIDI files, and finds its samples', async () => {
    const { project } = await openProject([
      file('Song/Backup/old.flp', flp),
      file('Song/midi/a.mid', midi),
      file('Song/Song.flp', flp),
      file('Song/Sounds/kick.wav', new Uint8Array(7)),
    ]);
    expect(project).toMatchObject({ format: 'flp', title: 'Song' });
    expect(project.sampleRefs[0]).toMatchObject({ resolvedPath: 'Song/Sounds/kick.wav', sizeBytes: 7 });
  });

  it('goes by content, not by name', async () => {
    expect((await openProject([file('renamed.txt', midi)])).project.format).toBe('midi');
  });

  it('opens a zipped project with its samples', async () => {
    const zip = file(
      'pack.zip',
      new Uint8Array(zipSync({ 'Pack/Beat.flp': flp, 'Pack/kick.wav': new Uint8Array(3) })),
    );
    const { project } = await openProject([zip]);
    expect(project.title).toBe('Beat');
    expect(project.sampleRefs[0]?.resolvedPath).toBe('Pack/kick.wav');
    expect((await expandArchives([zip])).map(({ path }) => path)).toEqual(['Pack/Beat.flp', 'Pack/kick.wav']);
  });

  it('leaves a broken archive to be complained about', async () => {
    const broken = file('x.zip', new Uint8Array([0x50, 0x4b, 3, 4, 9, 9]));
    await expect(openProject([broken])).rejects.toMatchObject({ name: 'FormatError' });
  });

  it('reads a small file in one round trip', async () => {
    const blob = new Blob([midi]);
    const reads = [vi.spyOn(Blob.prototype, 'arrayBuffer'), vi.spyOn(Blob.prototype, 'slice')];
    await openProject([{ path: 'a.mid', blob }]);
    expect(reads.map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
    vi.restoreAllMocks();
  });
});
