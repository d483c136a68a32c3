import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Project } from '$lib/core/project';
import { effectiveGain } from '$lib/core/project-gain';
import { demoProject } from '../../../../tests/helpers/demo-project';
import { hasTestdata, testdata, testdataFiles } from '../../../../tests/helpers/testdata';
import { beatMetadata } from '../metadata/beat-metadata';
import { readMidi } from '../midi/midi-reader';
import { decodeEvents, encodeEvents, eventsFromNotes, notesFromEvents } from '../tokens/event-sequence';
import { patternTokens } from '../tokens/tokens';
import { arrangedNotes, storedNotes } from './arranged-notes';
import { writeProjectMidi } from './project-midi';

const FIXTURE = 'tests/fixtures/midi/project-export.mid';
const GOLDEN = 'tests/fixtures/golden/midi-readers.json';

describe('writeProjectMidi', () => {
  it('writes the file that mido and pretty_midi were asked about', () => {
    const bytes = writeProjectMidi(demoProject());
    if (process.env.UPDATE_FIXTURES === '1') writeFileSync(FIXTURE, bytes);
    expect(existsSync(FIXTURE)).toBe(true);
    expect([...bytes]).toEqual([...new Uint8Array(readFileSync(FIXTURE))]);
  });

  it('holds every note of the arrangement as mido reads it', () => {
    const golden = JSON.parse(readFileSync(GOLDEN, 'utf8'))['project-export.mid'];
    const expected = arrangedNotes(demoProject())
      .map(({ note, laneId }) => [
        note.startTicks,
        note.durationTicks === 0 ? 240 : note.durationTicks,
        note.pitch,
        Math.round(note.velocity * 127),
        laneId === 'track:1' ? 9 : 0,
      ])
      .sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!);
    expect(golden.notes).toEqual(expected);
    expect(golden.ticksPerQuarter).toBe(960);
  });

  it('keeps tempo, metre, key, names and sections through our own reader', () => {
    const source = demoProject();
    const { project, warnings } = readMidi(writeProjectMidi(source), 'x');
    expect(warnings).toEqual([]);
    expect(project.title).toBe('Demo – ключ');
    expect(project.key).toMatchObject({ tonic: 'A', mode: 'minor', origin: 'file' });
    expect(project.timeSignatures).toEqual(source.timeSignatures);
    expect(project.tracks.map(({ name, isDrum }) => [name, isDrum])).toEqual([
      ['Keys', false],
      ['Drums', true],
    ]);
    const at = (points: typeof source.tempoMap, i: number): number => points[i]!.bpm;
    expect(project.tempoMap).toHaveLength(source.tempoMap.length);
    for (const i of source.tempoMap.keys())
      expect(at(project.tempoMap, i)).toBeCloseTo(at(source.tempoMap, i), 3);
    expect(project.markers.map(({ name }) => name)).toContain('Lift');
  });
});

describe('arrangedNotes', () => {
  it('unrolls loops, trims, and leaves out muted clips', () => {
    const notes = arrangedNotes(demoProject());
    const drums = notes.filter(({ laneId }) => laneId === 'track:1');
    expect(drums.map(({ note }) => note.startTicks)).toEqual(Array.from({ length: 18 }, (_, i) => i * 960));
    const keys = notes.filter(({ laneId }) => laneId === 'track:0');
    expect(keys.filter(({ note }) => note.startTicks >= 21120)).toEqual([]);
    expect(keys.filter(({ note }) => note.startTicks >= 15360).map(({ note }) => note.startTicks)).toEqual([
      17280, 17280, 17280,
    ]);
    expect(storedNotes(demoProject())).toHaveLength(16);
  });
});

describe('beatMetadata', () => {
  it('says what the beat is made of', () => {
    const metadata = beatMetadata(demoProject());
    expect(metadata).toMatchObject({ bpm: 140, key: 'A minor', time_signature: '4/4' });
    expect(metadata.loops.map(({ name, bars, chords }) => [name, bars, chords])).toEqual([
      ['Chords', 4, ['Am', 'F', 'C', 'G']],
      ['Beat', 1, []],
    ]);
    expect(metadata.structure[0]).toMatchObject({ bar: 3, section: 'build', inferred: false });
    expect(metadata.mixer[0]).toMatchObject({ gain_db: -6.021, effective_gain_db: -12.041 });
    expect(effectiveGain(demoProject(), 'keys')).toBeCloseTo(0.25, 12);
    expect(JSON.parse(JSON.stringify(metadata))).toEqual(metadata);
  });
});

describe.skipIf(!hasTestdata)('real MIDI files', () => {
  const playable = testdataFiles('midi', /\.midi?$/i).filter(
    (name) => !/(empty-file|not-a-midi-file)\.mid$/.test(name),
  );

  /** What the time line plays, in whole ticks; a type 2 file plays its sequences one after another. */
  function played(project: Project): number[][] {
    return arrangedNotes(project)
      .map(({ note }) => [
        Math.round(note.startTicks),
        Math.max(1, Math.round(note.durationTicks)),
        note.pitch,
        Math.max(1, Math.round(note.velocity * 127)),
      ])
      .sort((a, b) => a[0]! - b[0]! || a[2]! - b[2]! || a[1]! - b[1]! || a[3]! - b[3]!);
  }

  it('come back from the export with every note within a tick', () => {
    expect(playable.length).toBeGreaterThan(300);
    // A sixth of them, of every source: all would take a minute.
    for (const name of playable.filter((_, i) => i % 6 === 0)) {
      const { project } = readMidi(testdata(name), 'x');
      const before = played(project);
      const after = played(readMidi(writeProjectMidi(project), 'x').project);
      expect(after.length, name).toBe(before.length);
      const off = before.filter(([start, duration, pitch], i) => {
        const note = after[i]!;
        return Math.abs(note[0]! - start!) > 1 || Math.abs(note[1]! - duration!) > 1 || note[2] !== pitch;
      });
      expect(off, name).toEqual([]);
    }
  }, 120_000);

  it('come back from the event sequence of every pattern with every start', () => {
    for (const name of playable.filter((_, i) => i % 12 === 1)) {
      const { project } = readMidi(testdata(name), 'x');
      for (const pattern of project.patterns) {
        const { notes } = patternTokens(project, pattern);
        const back = notesFromEvents(decodeEvents(encodeEvents(eventsFromNotes(notes))));
        expect(
          back.map(([start, , pitch]) => [start, pitch]),
          name,
        ).toEqual(notes.map(([start, , pitch]) => [start, pitch]));
      }
    }
  });
});
