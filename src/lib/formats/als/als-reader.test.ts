import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import midiFile from 'midi-file';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../core/errors';
import type { Project, ReadResult } from '../../core/project';
import { alsReader } from './als-reader';

const daw = path.resolve(process.env.LOOPMIND_TESTDATA ?? '../shared/testdata', 'daw');
const withData = it.skipIf(!existsSync(daw));

async function read(bytes: Uint8Array<ArrayBuffer>, name = 'set.als'): Promise<ReadResult> {
  const file = { path: name, blob: new Blob([bytes]) };
  const claimed = await alsReader.claim([file]);
  expect(claimed).toHaveLength(1);
  return alsReader.read(claimed, [file]);
}

async function readFixture(...parts: string[]): Promise<Project> {
  return (await read(new Uint8Array(readFileSync(path.join(daw, ...parts))), parts.at(-1))).project;
}

/** All notes of a set in the time of their clips: [ticks, duration, pitch, velocity 0-127]. */
function contentNotes(project: Project): number[][] {
  return project.patterns
    .flatMap(({ notes }) =>
      notes.map((note) => [
        Math.round(note.startTicks),
        Math.round(note.durationTicks),
        note.pitch,
        Math.round(note.velocity * 127),
      ]),
    )
    .sort(byTime);
}

function byTime(a: readonly number[], b: readonly number[]): number {
  return a[0]! - b[0]! || a[2]! - b[2]! || a[1]! - b[1]! || a[3]! - b[3]!;
}

/** Notes of the MIDI twin through a library that knows nothing of ours, in 960 ticks a quarter. */
function midiNotes(file: string): number[][] {
  const { header, tracks } = midiFile.parseMidi(new Uint8Array(readFileSync(file)));
  const scale = 960 / (header.ticksPerBeat ?? 96);
  const notes: number[][] = [];
  for (const track of tracks) {
    const open = new Map<string, { tick: number; velocity: number }[]>();
    let tick = 0;
    for (const event of track) {
      tick += event.deltaTime;
      if (event.type !== 'noteOn' && event.type !== 'noteOff') continue;
      const key = `${event.channel}/${event.noteNumber}`;
      if (event.type === 'noteOn' && event.velocity > 0) {
        open.set(key, [...(open.get(key) ?? []), { tick, velocity: event.velocity }]);
        continue;
      }
      const started = open.get(key)?.shift();
      if (started === undefined) continue;
      notes.push([started.tick * scale, (tick - started.tick) * scale, event.noteNumber, started.velocity]);
    }
  }
  return notes.sort(byTime);
}

const set = (inner: string, creator = 'Ableton Live 11.3.3'): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Ableton MajorVersion="5" Creator="${creator}"><LiveSet>${inner}</LiveSet></Ableton>`;
const pack = (xml: string): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(xml));

const MIDI_TRACK = `<Tracks><MidiTrack Id="7"><Name><EffectiveName Value="1-MIDI"/><UserName Value="Lead"/></Name><Color Value="2"/>
  <TrackGroupId Value="-1"/><DeviceChain><Mixer><Speaker><Manual Value="true"/></Speaker><Volume><Manual Value="0.5"/>
  <AutomationTarget Id="11"/></Volume><Pan><Manual Value="-0.25"/></Pan></Mixer><MainSequencer><ClipTimeable><ArrangerAutomation><Events>
  <MidiClip Time="4"><CurrentStart Value="4"/><CurrentEnd Value="12"/><Loop><LoopStart Value="1"/><LoopEnd Value="5"/><StartRelative Value="0.5"/>
  <LoopOn Value="true"/></Loop><Name Value="riff"/><Notes><KeyTracks><KeyTrack><Notes><MidiNoteEvent Time="1.5" Duration="0.25" Velocity="127"
  OffVelocity="64" IsEnabled="false"/></Notes><MidiKey Value="60"/></KeyTrack></KeyTracks></Notes></MidiClip></Events></ArrangerAutomation>
  </ClipTimeable></MainSequencer><DeviceChain><Devices/></DeviceChain></DeviceChain></MidiTrack></Tracks>`;
const MASTER = `<MasterTrack><DeviceChain><Mixer><Tempo><Manual Value="90"/><AutomationTarget Id="8"/></Tempo><TimeSignature><Manual Value="200"/>
  </TimeSignature></Mixer></DeviceChain></MasterTrack>`;

describe('Live sets', () => {
  it('reads tempo, metre, tracks, clips and notes', async () => {
    const { project } = await read(pack(set(MIDI_TRACK + MASTER)));
    expect(project.tempoMap).toEqual([{ seconds: 0, tick: 0, bpm: 90 }]);
    expect(project.timeSignatures).toEqual([{ tick: 0, numerator: 3, denominator: 4 }]);
    expect(project.tracks[0]).toMatchObject({ name: 'Lead', kind: 'midi', colour: '#cc9927' });
    expect(project.mixer[0]).toMatchObject({ gain: 0.5, pan: -0.25, muted: false });
    expect(project.clips[0]).toMatchObject({
      name: 'riff',
      startTicks: 3840,
      endTicks: 11_520,
      offsetTicks: 1440,
      loop: { startTicks: 960, endTicks: 4800 },
    });
    expect(project.patterns[0]?.notes).toEqual([
      { startTicks: 1440, durationTicks: 240, pitch: 60, velocity: 1, muted: true },
    ]);
  });

  it('tells a scale that was chosen from the default one', async () => {
    const scale = (root: number, name: string): string =>
      set(
        `${MIDI_TRACK}<ScaleInformation><RootNote Value="${root}"/><Name Value="${name}"/></ScaleInformation>`,
      );
    expect((await read(pack(scale(9, 'Minor')))).project.key).toMatchObject({
      tonic: 'A',
      mode: 'minor',
      origin: 'file',
    });
    expect((await read(pack(scale(2, '2')))).project.key).toMatchObject({ tonic: 'D', mode: 'dorian' });
    expect((await read(pack(scale(0, 'Major')))).project.key).toBeUndefined();
  });

  it('saves what stands before a cut, at every byte', async () => {
    const whole = pack(set(MIDI_TRACK + MASTER));
    let opened = 0;
    for (let length = 0; length < whole.length; length++) {
      const file = { path: 'cut.als', blob: new Blob([whole.slice(0, length)]) };
      const claimed = await alsReader.claim([file]);
      if (claimed.length === 0) continue;
      const result = await alsReader.read(claimed, [file]).catch((error: unknown) => error);
      // A cut inside the root element leaves nothing to save.
      if (result instanceof FormatError) continue;
      const { project, warnings } = result as ReadResult;
      opened++;
      expect(project.format).toBe('als');
      expect(warnings.map(({ code }) => code)).toContain('truncated');
    }
    expect(opened).toBeGreaterThan(whole.length / 3);
  });

  it('survives 10,000 damaged documents', async () => {
    const text = new TextEncoder().encode(set(MIDI_TRACK + MASTER));
    let state = 5;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state >>> 8) % below;
    };
    for (let i = 0; i < 10_000; i++) {
      const damaged = text.slice();
      for (let k = 0; k <= random(6); k++) damaged[random(damaged.length)] = random(256);
      const file = { path: 'damaged.als', blob: new Blob([damaged]) };
      const claimed = await alsReader.claim([file]);
      if (claimed.length === 0) continue;
      const result = await alsReader.read(claimed, [file]).catch((error: unknown) => error);
      if (result instanceof FormatError) continue;
      expect(Number.isFinite((result as ReadResult).project.lengthSeconds)).toBe(true);
    }
  }, 120_000);

  it('ends bombs early: depth, entities, endless text', async () => {
    await expect(read(pack(set('<a>'.repeat(20_000))))).rejects.toMatchObject({ name: 'FormatError' });
    const entities = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Ableton Creator="Ableton Live 11"><LiveSet><Annotation Value="&b;&b;"/></LiveSet></Ableton>`;
    expect((await read(pack(entities))).warnings.map(({ code }) => code)).toContain('broken-xml');
    const zeros = pack(set(' '.repeat(60_000_000)));
    await expect(read(zeros)).rejects.toMatchObject({ name: 'FormatError' });
  }, 60_000);

  it('is not claimed where the gzip holds something else', async () => {
    const file = { path: 'x.als', blob: new Blob([new Uint8Array(gzipSync('<html></html>'))]) };
    expect(await alsReader.claim([file])).toEqual([]);
  });

  withData('finds the same 5,506 notes as the MIDI file exported beside the set', async () => {
    // The MIDI file holds the content of the clips; in the set they start a bar later.
    const ours = contentNotes(await readFixture('als_pyableton', 'test', 'test.als'));
    const truth = midiNotes(path.join(daw, 'als_pyableton', 'test', 'test.midi'));
    expect(ours).toHaveLength(5506);
    expect(truth).toHaveLength(5506);
    for (const [i, [tick, , pitch, velocity]] of truth.entries()) {
      const note = ours[i]!;
      expect(Math.abs(note[0]! - tick!)).toBeLessThanOrEqual(1);
      expect(note[2]).toBe(pitch);
      expect(Math.abs(note[3]! - velocity!)).toBeLessThanOrEqual(1);
    }
  });

  withData('opens every set of the test data and keeps its clips', async () => {
    const files = readdirSync(daw, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.als') && !/(empty|junk)\.als$/.test(name));
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const project = await readFixture(file);
      expect(project.tracks.length, file).toBeGreaterThan(1);
      expect(
        project.tracks.filter(({ kind }) => kind === 'master'),
        file,
      ).toHaveLength(1);
    }
    const live9 = await readFixture('dawtool', 'tests', 'als', 'live9', 'live9-patch-2-0point.als');
    expect(live9.clips.length + live9.sessionClips.length).toBe(39 + 124);
    expect(live9.patterns.reduce((sum, { notes }) => sum + notes.length, 0)).toBe(1759);
  });
});
