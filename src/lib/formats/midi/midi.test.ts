import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError } from '$lib/core/errors';
import type { Project } from '$lib/core/project';
import { hasTestdata, testdata, testdataFiles } from '../../../../tests/helpers/testdata';
import { openProject } from '..';
import { readMidi } from './midi-reader';

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(`tests/fixtures/midi/${name}`));

interface Golden {
  readonly type: number;
  readonly ticksPerQuarter: number;
  readonly notes: readonly (readonly [number, number, number, number, number])[];
  readonly seconds: readonly (readonly [number, number, number])[];
}
const golden = JSON.parse(readFileSync('tests/fixtures/golden/midi-readers.json', 'utf8')) as Record<
  string,
  Golden
>;

const ascii = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));
const u32 = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const header = (type: number, tracks: number, division: readonly number[]): number[] => [
  ...ascii('MThd'),
  ...u32(6),
  0,
  type,
  0,
  tracks,
  ...division,
];
const track = (events: readonly number[], length = events.length): number[] => [
  ...ascii('MTrk'),
  ...u32(length),
  ...events,
];
const END = [0, 0xff, 0x2f, 0];
const NOTE = [0, 0x90, 60, 100, 0x60, 0x80, 60, 64];
const read = (...parts: readonly number[][]): { project: Project; codes: string[] } => {
  const { project, warnings } = readMidi(Uint8Array.from(parts.flat()), 'name');
  return { project, codes: warnings.map(({ code }) => code) };
};
const starts = (project: Project): number[] =>
  project.patterns.flatMap(({ notes }) => notes.map(({ startTicks }) => startTicks));

describe('against mido and pretty_midi', () => {
  it.each(Object.keys(golden))('%s: the same notes', (name) => {
    const { project, warnings } = readMidi(fixture(name), name);
    expect(warnings).toEqual([]);
    const scale = golden[name]!.ticksPerQuarter / 960;
    const notes = project.patterns
      .flatMap((pattern) => pattern.notes)
      .map((note) => [
        note.startTicks * scale,
        Math.round(note.durationTicks * scale),
        note.pitch,
        Math.round(note.velocity * 127),
        note.midiChannel,
      ])
      .sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!);
    expect(notes).toEqual(golden[name]!.notes);
    const seconds = golden[name]!.seconds;
    const [first, last] = [project.clips[0]!, seconds.at(-1)!];
    expect(first.startSeconds).toBe(0);
    expect(project.lengthSeconds).toBeGreaterThanOrEqual(last[0]);
  });

  it('keeps names, programs, key, metre and tempo', () => {
    const { project } = readMidi(fixture('tempo-changes.mid'), 'x');
    expect(project.title).toBe('Fixture song');
    expect(project.key).toMatchObject({ tonic: 'F#', mode: 'minor', origin: 'file' });
    expect(project.timeSignatures).toEqual([
      { tick: 0, numerator: 3, denominator: 4 },
      { tick: 5760, numerator: 4, denominator: 4 },
    ]);
    expect(project.tempoMap.map(({ tick, bpm }) => [tick, Math.round(bpm * 10) / 10])).toEqual([
      [0, 97],
      [2880, 133.7],
    ]);
    expect(project.tracks.map(({ name, program, isDrum }) => [name, program, isDrum])).toEqual([
      ['Keys', 4, false],
      ['Bass', 38, false],
      ['Drums', 0, true],
    ]);
    expect(project.sections.map(({ name, kind, origin }) => [name, kind, origin])).toEqual([
      ['Verse', 'verse', 'marker'],
      ['Chorus', 'hook', 'marker'],
    ]);
  });
});

describe('files that break the rules', () => {
  it('finds the tracks behind wrong lengths', () => {
    const first = [...NOTE, ...END];
    for (const length of [0, 3, 0x7fff_ffff]) {
      const { project, codes } = read(header(1, 2, [0, 96]), track(first, length), track(first));
      expect(starts(project), String(length)).toEqual([0, 0]);
      expect(codes).toContain('track-length');
    }
  });

  it('reads a file without its last bytes', () => {
    const { project, codes } = read(header(0, 1, [0, 96]), track([...NOTE, 0, 0x90, 64], 40));
    expect(starts(project)).toEqual([0]);
    expect(codes).toEqual(expect.arrayContaining(['truncated', 'cut-event', 'no-end-of-track']));
  });

  it('reads running status across a meta event', () => {
    const { project, codes } = read(
      header(0, 1, [0, 96]),
      track([0, 0x90, 60, 100, 0, 0xff, 1, 1, 65, 0x60, 60, 0, ...END]),
    );
    expect(project.patterns[0]?.notes[0]).toMatchObject({ startTicks: 0, durationTicks: 960 });
    expect(codes).toEqual(['running-status']);
  });

  it('ends notes that are never released with their track', () => {
    const { project, codes } = read(header(0, 1, [0, 96]), track([0, 0x90, 60, 100, 0x60, 0xff, 0x2f, 0]));
    expect(project.patterns[0]?.notes[0]?.durationTicks).toBe(960);
    expect(codes).toEqual(['hanging-note']);
  });

  it('counts film frames in seconds', () => {
    const events = [0, 0x90, 60, 100, 0x81, 0x48, 0x80, 60, 0, ...END];
    const { project, codes } = read(header(0, 1, [256 - 25, 40]), track(events));
    expect(codes).toEqual(['smpte']);
    // 200 ticks of 25 * 40 a second are 0.2 s: 384 of our ticks at 120.
    expect(project.patterns[0]?.notes[0]?.durationTicks).toBeCloseTo(384, 9);
  });

  it('unwraps RIFF and skips a foreign header', () => {
    const smf = [...header(0, 1, [0, 96]), ...track([...NOTE, ...END])];
    const riff = [...ascii('RIFF'), 0, 0, 0, 0, ...ascii('RMIDdata'), 0, 0, 0, 0, ...smf];
    expect(starts(read(riff).project)).toEqual([0]);
    expect(starts(read(Array(128).fill(0), smf).project)).toEqual([0]);
  });

  it('makes each sequence of a type 2 file a clip of its own', () => {
    const part = track([...NOTE, ...END]);
    const { project, codes } = read(header(2, 2, [0, 96]), part, part);
    expect(project.sessionClips).toHaveLength(2);
    expect(project.clips).toEqual([]);
    expect(codes).toEqual(['independent-sequences']);
  });

  it('splits the channels of a type 0 file', () => {
    const { project } = readMidi(fixture('running-status.mid'), 'x');
    expect(project.tracks.map(({ name }) => name)).toEqual(['Track 1, Channel 1', 'Drums']);
    expect(project.automation.map(({ target, points }) => [target.kind, points.length])).toEqual([
      ['pitch', 1],
    ]);
    expect(project.mixer[0]?.gain).toBeCloseTo((90 / 127) ** 2, 9);
  });

  it('refuses what is no MIDI at all', () => {
    expect(() => read(ascii('hello'))).toThrow(FormatError);
    expect(() => read(ascii('MThd'))).toThrow(FormatError);
    expect(() => read([])).toThrow(FormatError);
  });
});

describe.skipIf(!hasTestdata)('the MIDI files of the test data', () => {
  const files = testdataFiles('midi', /\.mid$/);
  const expectedNotes = new Map(
    hasTestdata
      ? new TextDecoder()
          .decode(testdata('manifest.tsv'))
          .split('\n')
          .flatMap((line) => {
            const columns = line.split('\t');
            const count = / notes=(\d+)/.exec(columns.at(-1) ?? '')?.[1];
            return count === undefined ? [] : [[columns[0]!, Number(count)] as const];
          })
      : [],
  );
  const notMidi = ['test-empty-file.mid', 'test-not-a-midi-file.mid'];

  it('open with the notes mido counts in them', async () => {
    expect(files.length).toBeGreaterThan(300);
    for (const name of files) {
      const opening = openProject([{ path: name, blob: new Blob([testdata(name)]) }]);
      if (notMidi.some((ending) => name.endsWith(ending))) {
        await expect(opening, name).rejects.toThrow(FormatError);
        continue;
      }
      const { project } = await opening;
      const expected = expectedNotes.get(name);
      const count = project.patterns.reduce((sum, { notes }) => sum + notes.length, 0);
      if (expected !== undefined) expect(count, name).toBe(expected);
    }
  });
});
