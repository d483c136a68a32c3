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
  const header = new Uint8Array(24);
  header.set([0x23, 0x47, 0xc0, 0xab, 0xcf, 0x09]);
  return new Uint8Array(Buffer.concat([header, ...parts]));
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

  it('opens a zip of a bundle and what a bundle without ProjectData still says', async () => {
    const zip = zipSync({ 'My Song.logicx/Alternatives/000/ProjectData': smallSong() });
    const { project } = await read([{ path: 'song.zip', blob: new Blob([new Uint8Array(zip)]) }]);
    expect(project).toMatchObject({ format: 'logicx', title: 'My Song' });
    expect(project.clips).toHaveLength(1);
  });

  it('survives a cut at every byte and 10,000 damaged songs', async () => {
    const whole = smallSong();
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
