import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError } from '$lib/core/errors';
import type { DraftClip, ReadResult } from '$lib/core/project';
import { emptyDraft, finishProject } from '$lib/core/project-draft';
import { openProject } from '.';
import { writeDawproject } from './dawproject/dawproject-writer';
import { readFlp } from './flp/flp-reader';
import { bytes, event, flpFile, text16, u16, u32 } from './flp/flp-test-file';
import { readMidi } from './midi/midi-reader';
import { beatMetadata } from './metadata/beat-metadata';
import { writeProjectMidi } from './project-export-midi/project-midi';
import { packProject, unpackProject } from './worker/packed-project';

const MUTATIONS = 10_000;
/** Of processor time: what else the machine does must not fail the test. */
const LIMIT_MS = 2000;
const MANY = 180_000;
const cpuMs = (): number => process.cpuUsage().user / 1000;

const f64 = (value: number): number[] => [...new Uint8Array(Float64Array.of(value).buffer)];
const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const note = (position: number, key: number): number[] => [
  ...u32(position),
  ...u16(0x4000),
  ...u16(0),
  ...u32(48),
  ...u16(key),
  ...u16(0),
  ...[120, 0, 64, 0, 64, 100, 128, 128],
];
const item = (position: number, reference: number): number[] => [
  ...u32(position),
  ...u16(20_480),
  ...u16(reference),
  ...u32(384),
  ...u16(499),
  ...zeros(18),
];

/** A small FLP with every kind of content the reader takes apart. */
const SMALL_FLP = flpFile([
  event(199, bytes('20.8.4.2576\0')),
  event(156, u32(128_000)),
  event(17, [4]),
  event(18, [4]),
  event(194, text16('Small')),
  event(231, text16('Group')),
  event(227, [...zeros(2), ...u16(1), ...zeros(4), ...u16(5), ...u16(0x4000), ...zeros(8)]),
  event(65, u16(1)),
  event(224, [...note(0, 60), ...note(96, 64), ...note(192, 67)]),
  event(64, u16(0)),
  event(21, [2]),
  event(201, text16('Fruity Compressor')),
  event(213, zeros(32)),
  event(219, [...u32(6400), ...u32(10_000), ...zeros(16)]),
  event(196, text16('a/b.wav')),
  event(64, u16(1)),
  event(21, [5]),
  event(234, [
    ...zeros(17),
    ...u32(2),
    ...f64(0),
    ...f64(0.5),
    ...zeros(8),
    ...f64(4),
    ...f64(0.7),
    ...[0, 0, 0, 0x3f],
    ...zeros(4),
  ]),
  event(65, u16(1)),
  event(193, text16('Riff')),
  event(148, u32(0x0800_0000)),
  event(99, u16(0)),
  event(241, text16('Arrangement')),
  event(233, [...item(0, 20_481), ...item(384, 1), ...item(768, 20_481)]),
  event(148, u32(384)),
  event(205, text16('Verse')),
  event(238, [...u32(1), ...zeros(62)]),
  event(239, text16('Track')),
  event(100, u16(0)),
  event(204, text16('Master')),
  event(236, [...zeros(4), ...u32(12), ...zeros(4)]),
  event(201, text16('Fruity Wrapper')),
  event(212, [...u32(0), ...u32(0), ...zeros(8)]),
  event(213, [...u32(8), ...u32(54), ...u32(4), ...u32(0), ...bytes('Plug')]),
  event(98, u16(0)),
  event(235, [1, 0]),
  event(147, u32(0)),
  event(225, [...zeros(4), 192, 0x1f, ...u16(0x2000), ...u32(12_800)]),
]);

const SMALL_MIDI = new Uint8Array(readFileSync('tests/fixtures/midi/tempo-changes.mid'));
const RUNNING_MIDI = new Uint8Array(readFileSync('tests/fixtures/midi/running-status.mid'));

interface Format {
  readonly name: string;
  readonly files: readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => ReadResult;
}
const FORMATS: readonly Format[] = [
  { name: 'FLP', files: [SMALL_FLP], read: (data) => readFlp(data, 'x') },
  { name: 'MIDI', files: [RUNNING_MIDI, SMALL_MIDI], read: (data) => readMidi(data, 'x') },
];

/** Whatever the bytes, a reader gives a project that makes sense, or a FormatError. */
function readSafely(format: Format, data: Uint8Array): ReadResult | undefined {
  try {
    const result = format.read(data);
    const { project } = result;
    if (!Number.isFinite(project.lengthSeconds)) expect.fail('the length is no number');
    if (project.tempoMap.length === 0) expect.fail('there is no tempo');
    for (const pattern of project.patterns) {
      for (const { startTicks, durationTicks, pitch, velocity } of pattern.notes) {
        const isSound =
          startTicks >= 0 &&
          durationTicks >= 0 &&
          pitch >= 0 &&
          pitch <= 127 &&
          velocity >= 0 &&
          velocity <= 1;
        if (!isSound) expect.fail(`a note of ${format.name} makes no sense`);
      }
    }
    return result;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** mulberry32: a seeded stream of numbers 0-1, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NASTY = [0, 1, 0x7f, 0x80, 0xff];
const LENGTHS = [
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0x7f, 0xff, 0xff, 0xff],
  [0, 0, 0, 0x80],
];

function mutate(source: Uint8Array, next: () => number): Uint8Array {
  let data = Uint8Array.from(source);
  const edits = 1 + Math.floor(next() * 4);
  for (let i = 0; i < edits; i++) {
    const at = Math.floor(next() * data.length);
    const choice = next();
    if (choice < 0.4) data[at] = Math.floor(next() * 256);
    else if (choice < 0.6) data[at] = NASTY[Math.floor(next() * NASTY.length)]!;
    else if (choice < 0.75) {
      const length = LENGTHS[Math.floor(next() * LENGTHS.length)]!;
      data.set(length.slice(0, Math.max(0, data.length - at)), at);
    } else {
      const isCut = choice < 0.87;
      const from = isCut ? at + 1 + Math.floor(next() * 8) : Math.max(0, at - Math.floor(next() * 40));
      const head = data.subarray(0, at);
      const tail = data.subarray(Math.min(from, data.length));
      const spliced = new Uint8Array(head.length + tail.length);
      spliced.set(head);
      spliced.set(tail, head.length);
      data = spliced;
    }
    if (data.length === 0) return data;
  }
  return data;
}

describe.each(FORMATS)('$name', (format) => {
  it('opens whole', () => {
    for (const file of format.files) expect(readSafely(format, file)?.warnings).toEqual([]);
  });

  it('survives being cut at every byte', () => {
    for (const file of format.files) {
      for (let length = 0; length < file.length; length++) readSafely(format, file.slice(0, length));
    }
  });

  it(
    `survives ${MUTATIONS} mutations`,
    () => {
      const next = random(20_261);
      let slowest = 0;
      for (let i = 0; i < MUTATIONS; i++) {
        const data = mutate(format.files[i % format.files.length]!, next);
        const started = cpuMs();
        const result = readSafely(format, data);
        // What comes out of a damaged file must not trip the exporters either.
        if (result !== undefined && i % 20 === 0) {
          writeProjectMidi(result.project);
          JSON.stringify(beatMetadata(result.project));
          writeDawproject(result.project);
          const { packed, transfer } = packProject(result.project);
          unpackProject(structuredClone(packed, { transfer }));
        }
        slowest = Math.max(slowest, cpuMs() - started);
      }
      expect(slowest).toBeLessThan(LIMIT_MS);
    },
    MANY,
  );
});

describe('impossible lengths', () => {
  it('do not reserve memory for what is not there', () => {
    const huge = flpFile([
      event(199, bytes('20.8.4\0')),
      [233, 0xff, 0xff, 0xff, 0xff, 0x07],
      [224, 0xff, 0xff],
    ]);
    expect(readFlp(huge, 'x').warnings.map(({ code }) => code)).toContain('truncated');
    const points = flpFile([
      event(64, [0, 0]),
      event(234, [...zeros(17), ...u32(0x7fff_ffff), ...zeros(24)]),
    ]);
    expect(readFlp(points, 'x').project.automation[0]?.points).toHaveLength(1);
  });

  it('do not make a reader wait', () => {
    const far = [...u32(0xffff_fff0), ...u16(20_480), ...u16(20_481), ...u32(0xffff_ffff), ...zeros(20)];
    const items = Array.from({ length: 2000 }, () => far).flat();
    const started = cpuMs();
    readFlp(flpFile([event(65, [1, 0]), event(224, note(0, 60)), event(233, items)]), 'x');
    expect(cpuMs() - started).toBeLessThan(LIMIT_MS);
  });

  it('do not make the exporters wait', () => {
    const looped = (index: number): DraftClip => ({
      id: `c${index}`,
      trackId: 't',
      kind: 'notes',
      name: '',
      patternId: 'p',
      startTicks: 0,
      endTicks: 2 ** 40,
      offsetTicks: 0,
      loop: { startTicks: 5, endTicks: 6 },
    });
    const { project } = finishProject({
      ...emptyDraft('als', 'x'),
      tracks: [{ id: 't', name: 'T', kind: 'midi', channelId: 'm' }],
      mixer: [
        {
          id: 'm',
          name: 'M',
          kind: 'track',
          gain: 1,
          pan: 0,
          muted: false,
          sends: [],
          devices: [],
          outputId: 'm',
        },
      ],
      clips: [looped(1), looped(2)],
      patterns: [{ id: 'p', name: '', lengthTicks: 10, notes: [], automationIds: ['l'] }],
      automation: [
        {
          id: 'l',
          name: 'L',
          target: { kind: 'volume', name: 'V', channelId: 'm' },
          scope: 'clip',
          unit: 'gain',
          points: Array.from({ length: 1000 }, (_, i) => ({ ticks: 100 + i, value: 1 })),
        },
      ],
    });
    const started = cpuMs();
    writeDawproject(project);
    expect(cpuMs() - started).toBeLessThan(LIMIT_MS);
  });
});

describe('one damaged file for each error', () => {
  it.each([
    ['flp-wrong-magic.flp', 'FLhd', 0],
    ['flp-no-data-chunk.flp', 'FLdt', 14],
    ['flp-no-event.flp', 'a first event', 22],
  ])('%s', (name, expected, offset) => {
    const data = new Uint8Array(readFileSync(`tests/fixtures/corrupt/${name}`));
    expect(() => readFlp(data, 'x')).toThrow(expect.objectContaining({ expected, offset }));
  });

  it.each([
    ['midi-no-header-no-track.mid', 'MThd', 0],
    ['midi-cut-header.mid', 'a MIDI header', 9],
  ])('%s', (name, expected, offset) => {
    const data = new Uint8Array(readFileSync(`tests/fixtures/corrupt/${name}`));
    expect(() => readMidi(data, 'x')).toThrow(expect.objectContaining({ expected, offset }));
  });

  it('nothing that is a project', async () => {
    const blob = new Blob([new Uint8Array(readFileSync('tests/fixtures/corrupt/not-a-project.bin'))]);
    await expect(openProject([{ path: 'a.bin', blob }])).rejects.toThrow(FormatError);
    await expect(openProject([])).rejects.toThrow(FormatError);
  });
});
