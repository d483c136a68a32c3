import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../core/errors';
import type { Project, ReadResult } from '../../core/project';
import type { InputFile } from '../reader';
import { logicxReader } from './logicx-reader';

const daw = path.resolve(process.env.LOOPMIND_TESTDATA ?? '../shared/testdata', 'daw');
const withData = it.skipIf(!existsSync(daw));

function bundleFiles(...parts: string[]): Map<string, Uint8Array<ArrayBuffer>> {
  const base = path.join(daw, ...parts);
  const name = parts.at(-1)!;
  return new Map(
    readdirSync(base, { recursive: true })
      .map(String)
      .filter((file) => statSync(path.join(base, file)).isFile())
      .map((file) => [`${name}/${file}`, new Uint8Array(readFileSync(path.join(base, file)))] as const),
  );
}

async function read(files: readonly InputFile[]): Promise<ReadResult> {
  const claimed = await logicxReader.claim(files);
  if (claimed.length === 0) throw new FormatError(0, 'a Logic bundle', 'something else');
  return logicxReader.read(claimed, files);
}

async function readBundle(...parts: string[]): Promise<Project> {
  const files = [...bundleFiles(...parts)].map(([file, bytes]) => ({ path: file, blob: new Blob([bytes]) }));
  return (await read(files)).project;
}

/** A record of ProjectData: reversed tag, group, object, part, key, then the payload. */
function record(
  tag: string,
  ids: { group: number; id: number; part?: number; key?: number },
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(36 + payload.length);
  const view = new DataView(bytes.buffer);
  [...tag].reverse().forEach((character, i) => view.setUint8(i, character.charCodeAt(0)));
  view.setUint16(6, ids.group, true);
  view.setUint16(10, ids.id, true);
  view.setUint32(14, ids.part ?? 0xffffffff, true);
  view.setUint32(18, ids.key ?? 0xffffffff, true);
  view.setUint32(0x1c, payload.length, true);
  bytes.set(payload, 36);
  return bytes;
}

function words(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

const CONTINUED = 0x8000_0000;
const END = [0xf1, 0x3fffffff, 0, 0];

/** A strip of the mixer as `AuCO` stores it: kind at 4, pan at 89, an aux strip's input at 94, fader at 116. */
function strip(kind: number, index: number, more: { input?: number; fader?: number } = {}): Uint8Array {
  const payload = new Uint8Array(140);
  const view = new DataView(payload.buffer);
  view.setUint8(4, kind);
  view.setUint8(89, 64);
  view.setUint16(94, more.input ?? 0xffff, true);
  view.setUint32(116, (more.fader ?? 90) * 2 ** 24, true);
  return record('AuCO', { group: 0x0e, id: 0, part: index }, payload);
}

/** The environment object that shows a strip. */
function stripObject(id: number, name: string, stripIndex: number): Uint8Array {
  const payload = new Uint8Array(0xc0);
  const view = new DataView(payload.buffer);
  view.setUint8(0x51, 0x11);
  view.setUint16(0x9e, name.length, true);
  payload.set(new TextEncoder().encode(name), 0xa0);
  view.setUint16(0xa0 + name.length + (name.length & 1), stripIndex + 1, true);
  return record('Envi', { group: 0x14, id }, payload);
}

function send(strip: number, slot: number, destination: number, level: number): Uint8Array {
  const payload = new Uint8Array(44);
  const view = new DataView(payload.buffer);
  view.setUint16(6, slot, true);
  view.setUint16(0x14, destination, true);
  view.setUint32(0x18, level * 2 ** 24, true);
  return record('AuCU', { group: 0x0e, id: 0, part: strip, key: slot }, payload);
}

/** One of Logic's own plug-ins: name at 0x78, maker at 0x84, numbers 16 bytes behind a tag. */
function plugIn(strip: number, name: string, values: readonly number[]): Uint8Array {
  const payload = new Uint8Array(0xb0 + 16 + values.length * 4);
  const view = new DataView(payload.buffer);
  view.setUint16(4, 1, true);
  payload.set(new TextEncoder().encode(name), 0x78);
  payload.set(new TextEncoder().encode('GAME'), 0x84);
  payload.set(new TextEncoder().encode('GAMETSPP'), 0xb0);
  values.forEach((value, i) => view.setFloat32(0xb0 + 16 + i * 4, value, true));
  return record('AuCU', { group: 0x0e, id: 0, part: strip, key: 20 }, payload);
}

function projectData(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(24);
  header.set([0x23, 0x47, 0xc0, 0xab, 0xcf, 0x09]);
  return new Uint8Array(Buffer.concat([header, ...parts]));
}

/** Two inputs, two outputs, two buses: an aux strip listens to bus 2, a track sends there and to a silent bus. */
const MIXER = [
  strip(0x40, 0),
  strip(0x41, 1),
  strip(0x41, 2),
  strip(0x42, 3, { input: 2 + 1, fader: 45 }),
  strip(0x44, 4),
  strip(0x44, 5),
  strip(0x45, 6),
  strip(0x45, 7),
  strip(0x4c, 8),
  stripObject(80, 'Voice', 0),
  stripObject(84, 'Hall', 3),
  stripObject(88, 'Stereo Out', 8),
  stripObject(92, 'Bus 1', 6),
  send(0, 0, 2 + 1, 90),
  send(0, 1, 2 + 0, 45),
  send(0, 2, 2 + 1, 0),
];

const marker = (ticks: number, textId: number): number[] => [
  0x12,
  38_400 + ticks,
  0,
  textId,
  0,
  CONTINUED,
  0,
  0,
];
const rtf = (id: number, text: string): Uint8Array =>
  record('TxSq', { group: 4, id }, new TextEncoder().encode(`\0\0${text}\0`));

/** A song with one track, one region at bar 2 and one note in it. */
function smallSong(): Uint8Array<ArrayBuffer> {
  const tempo = words(0x60, 38_400, 0, 0, 925_000, CONTINUED, 0, 0, ...END);
  const metre = words(0x30, 0, 0x0300_0000, 6, ...END);
  const root = words(0x20, 34_560 + 3840, 0, 0, 0, 0x8900_0001, 0, 0, 8, CONTINUED, 0, 0, ...END);
  const notes = words(0x4090, 38_400 + 480, 0x6400_0000, 60, 0x40, CONTINUED, 0, 240, ...END);
  const track = words(1, 0, 0x58, 0, 0, 0, 0, 0);
  const head = new Uint8Array(0x80);
  head[0x10] = 4;
  head.set(new TextEncoder().encode('Riff'), 0x12);
  new DataView(head.buffer).setUint32(0x12 + 4 + 0x3c, 1920, true);
  const parts = [
    record('EvSq', { group: 3, id: 0 }, tempo),
    record('EvSq', { group: 1, id: 0 }, metre),
    record('MSeq', { group: 0x17, id: 4 }, new Uint8Array(0x80)),
    record('Trak', { group: 0x17, id: 4, key: 0 }, track),
    record('EvSq', { group: 0x17, id: 4 }, root),
    record('MSeq', { group: 0x17, id: 8 }, head),
    record('EvSq', { group: 0x17, id: 8 }, notes),
  ];
  return projectData(...parts);
}

const alone = (bytes: Uint8Array<ArrayBuffer>): InputFile[] => [
  { path: 'ProjectData', blob: new Blob([bytes]) },
];

describe('Logic bundles', () => {
  it('reads tempo, metre, tracks, regions and notes', async () => {
    const { project } = await read(alone(smallSong()));
    expect(project.tempoMap).toEqual([{ seconds: 0, tick: 0, bpm: 92.5 }]);
    expect(project.timeSignatures).toEqual([{ tick: 0, numerator: 6, denominator: 8 }]);
    expect(project.tracks.map(({ name }) => name)).toEqual(['Track 1']);
    expect(project.clips[0]).toMatchObject({
      name: 'Riff',
      startTicks: 3840,
      endTicks: 5760,
      trackId: 'track-0',
    });
    expect(project.patterns[0]?.notes).toEqual([
      { startTicks: 480, durationTicks: 240, pitch: 60, velocity: 100 / 127 },
    ]);
  });

  it('follows sends to the aux strip that listens to their bus', async () => {
    const { project } = await read(alone(projectData(...MIXER)));
    const [voice, hall, out, bus] = project.mixer;
    expect([voice, hall, out, bus].map((channel) => [channel?.name, channel?.kind])).toEqual([
      ['Voice', 'track'],
      ['Hall', 'return'],
      ['Stereo Out', 'master'],
      ['Bus 1', 'return'],
    ]);
    expect(voice?.sends).toEqual([
      { targetId: hall?.id, gain: 1 },
      { targetId: bus?.id, gain: 0.25 },
    ]);
    expect(voice?.outputId).toBe(out?.id);
  });

  it('reads the numbers of the equalisers and the compressor', async () => {
    const band = (on: number, hz: number, gain: number, q: number): number[] => [on, hz, gain, q];
    const eq = [
      ...band(1, 55, 4, 0.71),
      ...Array.from({ length: 5 }, (_, i) => band(1, 100 * (i + 1), i - 2, 1)).flat(),
      ...band(1, 7500, 3, 1.1),
      ...band(0, 17_000, 2, 0.71),
      -2.5,
    ];
    const { project } = await read(
      alone(
        projectData(
          ...MIXER,
          plugIn(0, 'Channel EQ', eq),
          plugIn(3, 'Compressor', [-15.5, 3.2, 17.5, 270, 3.5, 0.7]),
        ),
      ),
    );
    const valueOf = (channel: number, name: string): unknown => {
      const found = project.mixer[channel]!.devices[0]!.parameters.find(
        (parameter) => parameter.name === name,
      );
      return found === undefined ? undefined : [found.value, found.unit];
    };
    expect(valueOf(0, 'Low cut frequency')).toEqual([55, 'Hz']);
    expect(valueOf(0, 'Low cut Q')).toEqual([0.71, 'raw']);
    expect(valueOf(0, 'Peak 4 gain')).toEqual([2, 'dB']);
    expect(valueOf(0, 'High shelf frequency')).toEqual([7500, 'Hz']);
    expect(valueOf(0, 'Gain')).toEqual([-2.5, 'dB']);
    expect(project.mixer[1]!.devices[0]!.parameters.map(({ name, value }) => [name, value])).toEqual([
      ['Threshold', -15.5],
      ['Ratio', 3.2],
      ['Attack', 17.5],
      ['Release', 270],
      ['Make-up gain', 3.5],
      ['Knee', 0.7],
    ]);
  });

  it('names markers by their texts and makes sections of them', async () => {
    const markers = words(...marker(0, 16), ...marker(3840, 12), ...marker(15_360, 20), ...END);
    const texts = [
      rtf(
        12,
        String.raw`{\rtf1\ansi\ansicpg1252{\fonttbl\f0 Helvetica;}{\*\expandedcolortbl;;}\f0\fs24 Verse \'e9\uc0\u9834 }`,
      ),
      rtf(
        16,
        String.raw`{\rtf1\ansi{\colortbl;\red255\green255\blue255;}\pard\cf0 Intro\
second line}`,
      ),
      rtf(20, String.raw`{\rtf1 Hook \{drop\}`),
    ];
    const song = projectData(record('EvSq', { group: 0x16, id: 0 }, markers), ...texts);
    const { project } = await read(alone(song));
    expect(project.markers.map(({ ticks, name }) => [ticks, name])).toEqual([
      [0, 'Intro\nsecond line'],
      [3840, 'Verse é♪'],
      [15_360, 'Hook {drop}'],
    ]);
    expect(project.sections.map(({ origin }) => origin)).toContain('marker');
  });

  it('takes the texts in their order where no marker names one, and numbers markers without texts', async () => {
    const events = words(...marker(0, 0), ...marker(3840, 0), ...END);
    const song = (...texts: readonly Uint8Array[]): InputFile[] =>
      alone(projectData(record('EvSq', { group: 0x16, id: 0 }, events), ...texts));
    const namesOf = async (files: InputFile[]): Promise<string[]> =>
      (await read(files)).project.markers.map(({ name }) => name);
    expect(await namesOf(song(rtf(8, String.raw`{\rtf1 B}`), rtf(4, String.raw`{\rtf1 A}`)))).toEqual([
      'A',
      'B',
    ]);
    expect(await namesOf(song())).toEqual(['Marker 1', 'Marker 2']);
  });

  withData('finds the reverbs that a real GarageBand song and a real Logic song send to', async () => {
    const sendsOf = (project: Project, name: string): string[] => {
      const names = new Map(project.mixer.map((channel) => [channel.id, channel.name]));
      const channel = project.mixer.find((candidate) => candidate.name === name)!;
      return channel.sends.map(({ targetId }) => names.get(targetId)!);
    };
    const band = await readBundle('band_Helpfeel', 'Helpfeel.band');
    expect(sendsOf(band, 'Vibraphone')).toEqual(['Large Room/1.8s Large and Bright']);
    const logic = await readBundle('logicx_GlitterBalloons.logicx');
    expect(sendsOf(logic, 'V.Uc.2003')).toEqual(['AUX1']);
    const eq = logic.mixer.find(({ name }) => name === 'V.Uc.2003')!.devices[0]!;
    expect(eq).toMatchObject({ name: 'Channel EQ', presetName: 'Pop Vocal' });
    expect(eq.parameters.slice(0, 2).map(({ value }) => value)).toEqual([1, 126]);
  });

  it('opens a zip of a bundle and what a bundle without ProjectData still says', async () => {
    const zip = zipSync({ 'My Song.logicx/Alternatives/000/ProjectData': smallSong() });
    const { project } = await read([{ path: 'song.zip', blob: new Blob([new Uint8Array(zip)]) }]);
    expect(project).toMatchObject({ format: 'logicx', title: 'My Song' });
    expect(project.clips).toHaveLength(1);
  });

  it('says that a bundle is too old, but not where a newer song lies beside the old one', async () => {
    const old = { path: 'Old.band/projectData', blob: new Blob(['<?xml version="1.0"?><plist/>']) };
    await expect(read([old])).rejects.toThrow('an older version');
    const song = { path: 'Old.band/Alternatives/000/ProjectData', blob: new Blob([smallSong()]) };
    expect((await read([old, song])).project.clips).toHaveLength(1);
  });

  it('survives a cut at every byte and 10,000 damaged songs', async () => {
    const whole = new Uint8Array(Buffer.concat([smallSong(), ...MIXER, plugIn(0, 'Channel EQ', [1, 20, 3])]));
    for (let length = 0; length < whole.length; length++) {
      await read(alone(whole.slice(0, length))).catch((error: unknown) =>
        expect(error).toBeInstanceOf(FormatError),
      );
    }
    let state = 11;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state >>> 8) % below;
    };
    for (let i = 0; i < 10_000; i++) {
      const damaged = whole.slice();
      for (let k = 0; k <= random(6); k++) damaged[random(damaged.length)] = random(256);
      const result = await read(alone(damaged)).catch((error: unknown) => error);
      if (result instanceof FormatError) continue;
      expect(Number.isFinite((result as ReadResult).project.lengthSeconds)).toBe(true);
    }
  }, 60_000);

  it('says where a file stops being a song', async () => {
    const header = new Uint8Array([0x23, 0x47, 0xc0, 0xab, 0, 0]);
    await expect(read(alone(header))).rejects.toMatchObject({ name: 'FormatError', offset: 0 });
  });

  withData(
    'GarageBand: tracks, regions, notes and plug-ins; the song is as long as its mixdown',
    async () => {
      const project = await readBundle('band_Helpfeel', 'Helpfeel.band');
      expect(project).toMatchObject({ format: 'band', title: 'helpfeel', formatVersion: '10.3.2' });
      expect(project.key?.origin).toBe('inferred');
      expect(project.tracks.filter(({ kind }) => kind !== 'master').map(({ name }) => name)).toEqual([
        'Vibraphone',
        'Fingerstyle Bass',
        'String Ensemble',
        'Classic Suitcase Mk IV',
        'SoCal',
      ]);
      expect(project.patterns.flatMap(({ notes }) => notes)).toHaveLength(1254);
      // The mixdown beside the bundle lasts 99.55 s, reverb and all.
      expect(project.lengthSeconds).toBeCloseTo(96, 6);
      const bass = project.mixer.find(({ name }) => name === 'Fingerstyle Bass');
      expect(bass?.devices.map(({ name }) => name)).toEqual([
        'EXS24',
        'Bass Amp',
        'Compressor',
        'Pedalboard',
        'Echo',
      ]);
      expect(bass?.devices[0]?.kind).toBe('instrument');
    },
  );

  withData(
    'Logic: audio regions with their files, faders and pans; the key where one was chosen',
    async () => {
      const balloons = await readBundle('logicx_GlitterBalloons.logicx');
      expect(balloons.tracks.filter(({ kind }) => kind === 'audio')).toHaveLength(29);
      expect(balloons.clips.length).toBeGreaterThan(50);
      const left = balloons.mixer.find(({ name }) => name === 'CymL');
      expect(left?.pan).toBe(-1);
      expect(
        balloons.clips.every(({ sampleId }) => balloons.sampleRefs.some(({ id }) => id === sampleId)),
      ).toBe(true);
      const song = await readBundle('logicx_dafengchui', '大风吹.logicx');
      expect(song.key).toMatchObject({ tonic: 'D', mode: 'major', origin: 'file' });
      expect(song.tempoMap[0]?.bpm).toBe(88);
      expect(song.clips[0]?.name).toContain('大風吹');
      const bare = await readBundle('logicx_commit_test.logicx');
      expect(bare).toMatchObject({ title: 'Corona-13', tracks: [] });
      expect(bare.tempoMap[0]?.bpm).toBe(125);
      expect(bare.warnings.map(({ code }) => code)).toContain('no-project-data');
    },
  );
});
