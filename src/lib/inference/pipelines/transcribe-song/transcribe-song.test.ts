import { isAbort } from '$lib/core/errors';
import { STEM_KINDS } from '$lib/core/transcription';
import { describe, expect, it } from 'vitest';
import type { JobFiles } from '../../files/job-files';
import { changeInstrument } from './change-instrument';
import { FAKE_ONSETS_SECONDS, fakeEnv, RATE_HZ, songFile, songWorld } from './fake-song.fixture';
import { originOf, redecodeTrack, retranscribeRegion, saveOrigin } from './revise';
import { transcribeSong } from './transcribe-song';

async function expectStemsToSumTo(file: Blob, files: JobFiles): Promise<void> {
  const at = RATE_HZ;
  const stems = await Promise.all(STEM_KINDS.map(async (kind) => (await files.openStem(kind)).read(at, 100)));
  const source = new Int16Array(await file.slice(44 + at * 4, 44 + (at + 100) * 4).arrayBuffer());
  for (let i = 0; i < 100; i++) {
    const sum = stems.reduce((total, stem) => total + stem.channels[0]![i]!, 0);
    expect(Math.abs(sum - source[2 * i]! / 32_768)).toBeLessThan(5 / 32_768);
  }
}

describe('transcribeSong', () => {
  it('leaves stems that sum to the source, tracks and all that is needed to revise them', async () => {
    const file = songFile(3);
    const { input, files, area, partials, notices } = songWorld(file);
    const song = await transcribeSong(input, fakeEnv());
    expect(song.source).toMatchObject({ durationSeconds: 3, sampleRateHz: RATE_HZ, channels: 2 });
    expect(song.source.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(song.tracks.map((track) => [track.id, track.family, track.notes.length])).toEqual([
      ['keys', 'keys', 4],
    ]);
    song.tracks[0]!.notes.forEach((note, index) => {
      expect(note.startSeconds).toBeCloseTo(FAKE_ONSETS_SECONDS[index]!, 2);
    });
    expect(song.models.map((model) => model.id)).toEqual(['beatnet', 'notes']);
    expect(notices).toEqual(['No drum model is installed: the drums were left out.']);
    expect(partials.at(-1)!.tracks).toEqual(song.tracks);

    const kept = (await area.list('jobs/job')).map(({ path }) => path.slice('jobs/job/'.length)).sort();
    expect(kept).toEqual([
      'activations/notes.bin',
      'activations/origins.bin',
      ...['bass', 'drums', 'other', 'source', 'vocals'].map((name) => `peaks/${name}.bin`),
      ...['bass', 'drums', 'other', 'vocals'].map((name) => `stems/${name}.wav`),
    ]);

    await expectStemsToSumTo(file, files);
  });

  it('corrects the stems by the notes, and keeps only what comes out', async () => {
    const file = songFile(3);
    const { input, files, area } = songWorld(file);
    const song = await transcribeSong(input, fakeEnv({ models: ['beatnet', 'notes', 'refine'] }));
    expect(song.models.map((model) => model.id)).toEqual(['beatnet', 'notes', 'refine']);
    expect(song.timings.map((timing) => timing.stage)).toContain('refine');
    expect(await area.list('jobs/job/rough')).toEqual([]);
    await expectStemsToSumTo(file, files);
    // All below 4.1 kHz is the bass's, the clicks there included.
    const power = async (kind: 'bass' | 'drums' | 'other'): Promise<number> => {
      const { channels } = await (await files.openStem(kind)).read(RATE_HZ, RATE_HZ);
      return channels[0]!.reduce((sum, value) => sum + value * value, 0);
    };
    expect(await power('bass')).toBeGreaterThan(10 * (await power('drums')));
    expect(await power('bass')).toBeGreaterThan(10 * (await power('other')));
  });

  it('leaves the stems as they were separated where nothing has a pitch, as in a drum loop', async () => {
    const file = songFile(3);
    const { input, files, area } = songWorld(file);
    const models = ['beatnet', 'notes', 'refine'];
    const song = await transcribeSong(input, fakeEnv({ models, withoutNotes: true }));
    expect(song.tracks).toEqual([]);
    expect(await area.list('jobs/job/rough')).toEqual([]);
    await expectStemsToSumTo(file, files);
  });

  it('leaves no half-made stems where it is cancelled while they are corrected', async () => {
    const { input, area } = songWorld(songFile(3));
    const cancelled = new AbortController();
    const env = fakeEnv({
      models: ['beatnet', 'notes', 'refine'],
      signal: cancelled.signal,
      onInfer: (modelId) => {
        if (modelId === 'refine') cancelled.abort();
      },
    });
    await expect(transcribeSong(input, env)).rejects.toSatisfy(isAbort);
    expect(await area.list('jobs/job/rough')).toEqual([]);
  });

  it('reports progress that never falls and ends at its total', async () => {
    const { input, reports } = songWorld(songFile(2));
    await transcribeSong(input, fakeEnv());
    reports.reduce((previous, { overall }) => {
      expect(overall).toBeGreaterThanOrEqual(previous);
      return overall;
    }, 0);
    expect(reports.at(-1)!.overall).toBe(1);
    for (const phase of new Set(reports.map((report) => report.phase))) {
      const last = reports.findLast((report) => report.phase === phase)!;
      expect([phase, last.done]).toEqual([phase, last.total]);
    }
  });

  it('takes silence for a valid song without tracks', async () => {
    const { input, area } = songWorld(songFile(1, 0));
    const song = await transcribeSong(input, fakeEnv());
    expect(song.tracks).toEqual([]);
    expect(song.stems).toEqual([]);
    expect(song.warnings.join()).toMatch(/silent/);
    expect(await area.read('jobs/job/decoded.f32')).toBeUndefined();
  });

  it.each([
    ['one second long', songFile(1)],
    ['clipped throughout', songFile(3, 20)],
  ])('transcribes a recording that is %s, with every stem at full length', async (_name, file) => {
    const { input, files } = songWorld(file);
    const song = await transcribeSong(input, fakeEnv());
    expect(song.stems).not.toEqual([]);
    for (const stem of song.stems) {
      const pcm = new Int16Array((await (await files.stemFile(stem)).arrayBuffer()).slice(44));
      expect(pcm.length).toBeGreaterThan(44_100);
    }
    expect(song.tracks.flatMap(({ notes }) => notes).every(({ startSeconds }) => startSeconds >= 0)).toBe(
      true,
    );
  });

  it('works with the beat tracker alone', async () => {
    const { input } = songWorld(songFile(2));
    const song = await transcribeSong(input, fakeEnv({ models: ['beatnet'] }));
    expect(song.tracks).toEqual([]);
    expect(song.stems).not.toEqual([]);
  });

  it('stops where it is cancelled and leaves no decoded audio behind', async () => {
    const controller = new AbortController();
    const { input, area } = songWorld(songFile(3));
    const env = fakeEnv({ signal: controller.signal, onInfer: () => controller.abort() });
    const error: unknown = await transcribeSong(input, env).catch((reason: unknown) => reason);
    expect(isAbort(error)).toBe(true);
    expect(await area.read('jobs/job/decoded.f32')).toBeUndefined();
  });

  it.each([
    ['empty', new Blob([]), 'audio-empty'],
    ['too short', songFile(0.05), 'audio-too-short'],
    ['a picture', new Blob(['\x89PNG....']), 'not-audio'],
    ['text', new Blob(['hello world, this is no music']), 'not-audio'],
    ['a damaged FLAC', new Blob(['fLaC-------']), 'audio-unreadable'],
    ['a protected file', new Blob(['\0\0\0\x20ftypM4A ....moov...stsd..drms']), 'audio-protected'],
  ])('says that a file is %s', async (_name, file, code) => {
    const { input, area } = songWorld(file);
    await expect(transcribeSong(input, fakeEnv())).rejects.toMatchObject({ code });
    expect(await area.read('jobs/job/decoded.f32')).toBeUndefined();
  });
});

describe('revising', () => {
  it('finds more notes at a higher sensitivity, fewer at a lower one, without the network', async () => {
    const { input, files } = songWorld(songFile(3));
    const [track] = (await transcribeSong(input, fakeEnv())).tracks;
    const env = fakeEnv({
      onInfer: () => {
        throw new Error('the network ran');
      },
    });
    const count = async (sensitivity: number): Promise<number> =>
      (await redecodeTrack(track!, sensitivity, files, env)).notes.length;
    expect([await count(0), await count(0.5), await count(1)]).toEqual([0, 4, 5]);
  });

  it('replaces only the notes that start in a region', async () => {
    const { input, files } = songWorld(songFile(10));
    const [track] = (await transcribeSong(input, fakeEnv())).tracks;
    const edited = {
      ...track!,
      notes: [
        { startSeconds: 0.1, durationSeconds: 1, pitch: 50, velocity: 1, confidence: 1 },
        { startSeconds: 6.2, durationSeconds: 1, pitch: 51, velocity: 1, confidence: 1 },
      ],
    };
    const first = await retranscribeRegion(edited, { startSeconds: 0.2, endSeconds: 3 }, files, fakeEnv());
    expect(first.notes.map((note) => note.pitch)).toEqual([50, 60, 60, 60, 60, 51]);
    // Four seconds of context go before the region: what the network hears at 4.5 s lies at 6.5 s.
    const later = await retranscribeRegion(edited, { startSeconds: 6, endSeconds: 8 }, files, fakeEnv());
    expect(later.notes.map((note) => note.pitch)).toEqual([50, 60]);
    expect(later.notes[1]!.startSeconds).toBeCloseTo(6.5, 2);
  });

  it('renames without hearing again where the method fits, and hears a misnamed line with chords', async () => {
    const { input, files } = songWorld(songFile(3));
    const [track] = (await transcribeSong(input, fakeEnv())).tracks;
    const silentEnv = fakeEnv({
      onInfer: () => {
        throw new Error('the network ran');
      },
    });
    const renamed = await changeInstrument(track!, { family: 'guitar', program: 25 }, files, silentEnv);
    expect(renamed).toMatchObject({ family: 'guitar', program: 25, name: 'Guitar', notes: track!.notes });

    await saveOrigin(files, track!.id, { method: 'line', activations: 'line-vocals', stems: ['vocals'] });
    const heard = await changeInstrument(
      { ...track!, notes: [] },
      { family: 'keys', program: 4 },
      files,
      fakeEnv(),
    );
    expect(heard.notes).toHaveLength(4);
    expect(await originOf(files, track!.id)).toMatchObject({ method: 'notes', stems: [track!.stem] });
    expect((await redecodeTrack(heard, 1, files, silentEnv)).notes).toHaveLength(5);
  });
});
