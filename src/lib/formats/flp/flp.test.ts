import { describe, expect, it } from 'vitest';
import { FormatError } from '$lib/core/errors';
import type { Project } from '$lib/core/project';
import { stepTempo } from '$lib/core/tempo-curve';
import { TempoMap } from '$lib/core/tempo-map';
import { hasTestdata, testdata, testdataFiles } from '../../../../tests/helpers/testdata';
import { tempoFromClips } from './automation';
import { readEvents } from './events';
import { readFlp } from './flp-reader';
import { bytes, event, flpFile, text16 } from './flp-test-file';

const open = (name: string): Project => readFlp(testdata(`daw/${name}`), 'untitled').project;
const names = (items: readonly { readonly name: string }[]): string[] => items.map(({ name }) => name);

describe('events', () => {
  it('reads every size class and ends at the end of the data', () => {
    const file = readEvents(
      flpFile([event(9, [1]), event(66, [140, 0]), event(156, [0, 0, 2, 0]), event(194, text16('Ä song'))]),
    );
    expect(file.isComplete).toBe(true);
    expect(file.events.map(({ id, payload }) => [id, payload.size])).toEqual([
      [9, 1],
      [66, 2],
      [156, 4],
      [194, 14],
    ]);
    expect(file.events[3]?.payload.text('utf-16')).toBe('Ä song');
  });

  it('reads event 0xAC as three bytes where only that ends at the end of the file (FL 25.2)', () => {
    const odd = [0xac, 1, 2, 3];
    const file = flpFile([
      event(199, bytes('25.2.0.4960\0')),
      odd,
      event(156, [0, 0xd0, 1, 0]),
      event(9, [1]),
    ]);
    expect(readEvents(file).isComplete).toBe(true);
    expect(readEvents(file).events.map(({ id }) => id)).toEqual([199, 0xac, 156, 9]);
    const even = flpFile([event(199, bytes('25.1.0.1\0')), event(0xac, [1, 2, 3, 4]), event(9, [1])]);
    expect(readEvents(even).events.map(({ id }) => id)).toEqual([199, 0xac, 9]);
  });

  it('saves what lies before a cut, with the offset', () => {
    const whole = flpFile([event(156, [0x60, 0xea, 1, 0]), event(194, text16('A title that is cut'))]);
    const cut = whole.slice(0, whole.length - 6);
    const { project, warnings } = readFlp(cut, 'cut');
    expect(project.tempoMap[0]?.bpm).toBeCloseTo(125.536, 3);
    expect(warnings.map(({ code }) => code)).toContain('truncated');
    expect(warnings.find(({ code }) => code === 'truncated')?.offset).toBe(27);
  });

  it('refuses what is no FLP, naming the place', () => {
    expect(() => readEvents(bytes('RIFFnothing'))).toThrow(FormatError);
    expect(() => readEvents(flpFile([]))).toThrow(FormatError);
    try {
      readEvents(new Uint8Array(0));
    } catch (error) {
      expect(error).toMatchObject({ offset: 0, expected: 'FLhd' });
    }
  });
});

describe.skipIf(!hasTestdata)('every FLP and FST of the test data', () => {
  const files = testdataFiles('daw', /\.(flp|fst)$/).filter((name) => !name.includes('corrupted'));

  it.each(files)('%s: the walk ends at the end of the file', (name) => {
    expect(readEvents(testdata(name)).isComplete).toBe(true);
    const { project } = readFlp(testdata(name), 'x');
    expect(project.warnings).toEqual([]);
    expect(project.unknown.filter(({ what }) => !KNOWN_UNREAD.includes(what))).toEqual([]);
  });

  it('refuses the corrupted ones with an offset', () => {
    for (const name of testdataFiles('daw/flp_pyflp/corrupted', /\.flp$/)) {
      expect(() => readFlp(testdata(name), 'x'), name).toThrow(FormatError);
    }
  });
});

/** Events of which we know that they are there, not what they say. */
const KNOWN_UNREAD = ['event 0xd2', 'event 0xe6'];

describe.skipIf(!hasTestdata)('FL 20.8.4 reference project (values as its authors state them)', () => {
  const project = hasTestdata ? open('flp_pyflp/FL 20.8.4.flp') : undefined!;

  it('knows the song', () => {
    expect(project).toMatchObject({ title: 'PyFLP Test FLP', artist: 'demberto', genre: 'Testing...' });
    expect(project.formatVersion).toBe('20.8.4.2576');
    expect(project.tempoMap).toEqual([{ seconds: 0, tick: 0, bpm: 69.42 }]);
    expect(project.timeSignatures[0]).toMatchObject({ numerator: 4, denominator: 4 });
  });

  it('reads the arrangements, their tracks and clips', () => {
    expect(project.otherArrangements.map(({ name }) => name)).toEqual(['Just timemarkers']);
    expect(project.otherArrangements[0]?.markers).toHaveLength(11);
    expect(project.markers).toEqual([]);
    const onTrack = (name: string): Project['clips'] =>
      project.clips.filter(({ trackId }) => project.tracks.find(({ id }) => id === trackId)?.name === name);
    expect(onTrack('Audio track').map(({ channelId }) => channelId)).toEqual(Array(16).fill('channel:11'));
    expect(onTrack('MIDI').map(({ patternId, startTicks }) => [patternId, startTicks])).toEqual(
      [0, 1, 2, 3].map((bar) => ['pattern:3', bar * 3840]),
    );
    expect(onTrack('Automation')[0]?.kind).toBe('automation');
    expect(project.tracks.find(({ name }) => name === 'Red')?.colour).toBe('#ff0000');
    expect(project.tracks.filter(({ muted }) => muted === true).map(({ name }) => name)).toEqual([
      'Disabled',
    ]);
  });

  it('reads patterns, channels and inserts', () => {
    expect(names(project.patterns)).toEqual(['Default', 'Colored', 'MIDI', 'Timemarkers', 'Selected']);
    expect(project.patterns[1]?.colour).toBe('#00ff00');
    const rack = project.mixer.filter(({ kind }) => kind === 'instrument');
    expect(rack).toHaveLength(18);
    expect(rack.find(({ name }) => name === '22in Kick')?.groupName).toBe('Audio');
    expect(rack.find(({ name }) => name === 'Plucked!')?.groupName).toBe('Generators');
    expect(rack.find(({ name }) => name === '100% L')?.pan).toBe(-1);
    expect(rack.find(({ name }) => name === 'Zero Volume')?.gain).toBe(0);
    expect(rack.find(({ name }) => name === 'Full Volume')?.gain).toBeCloseTo(1, 9);
    expect(rack.filter(({ muted }) => muted).map(({ name }) => name)).toEqual(['Disabled']);
    expect(project.mixer.filter(({ kind }) => kind !== 'instrument')).toHaveLength(127);
    expect(project.sampleRefs.map(({ fileName }) => fileName)).toEqual(['22in Kick.wav']);
  });
});

describe('tempo clips', () => {
  it('bends the tempo where a clip bends it', () => {
    const clip = { startTicks: 0, endTicks: 7680, offsetTicks: 0 };
    const secondsAt = (tension: number): number => {
      const points = [
        { ticks: 0, value: 60, curve: 'curved' as const, tension },
        { ticks: 7680, value: 180, curve: 'hold' as const },
      ];
      return stepTempo(tempoFromClips([{ ...clip, points }], 60)).ticksToSeconds(7680);
    };
    // Early: soon at 180 BPM, so the eight beats take less time than on a straight line, where they take ln(3) * 60 * 8 / 120 s.
    const straight = (Math.log(3) * 60 * 8) / 120;
    expect(secondsAt(0)).toBeCloseTo(straight, 6);
    expect(secondsAt(0.5)).toBeLessThan(straight - 0.5);
    expect(secondsAt(-0.5)).toBeGreaterThan(straight + 0.5);
  });
});

describe.skipIf(!hasTestdata)('mixer presets', () => {
  const insert = (name: string) => open(`flp_pyflp/inserts/${name}`).mixer[0]!;

  it('reads pan, width, switches and the equaliser', () => {
    expect(insert('100%-left.fst').pan).toBe(-1);
    expect(insert('100%-right.fst').pan).toBe(1);
    expect(insert('100%-merged.fst').stereoWidth).toBe(0);
    expect(insert('100%-separated.fst').stereoWidth).toBe(2);
    expect(insert('zero-volume.fst').gain).toBe(0);
    expect(insert('disabled.fst').muted).toBe(true);
    expect(insert('colored.fst').colour).toBe('#ff1414');
    expect(insert('effects-bypassed.fst').devices.every(({ enabled }) => !enabled)).toBe(true);
    const eq = insert('post-eq.fst').devices.find(({ pluginName }) => pluginName === 'Insert EQ')!;
    const value = (id: string): number => eq.parameters.find((parameter) => parameter.id === id)!.value;
    expect([value('low-gain'), value('mid-gain'), value('high-gain')]).toEqual([18, 0, -18]);
    expect([value('low-frequency'), value('high-frequency')]).toEqual([10, 16_000]);
    expect(Math.abs(value('mid-frequency') - 1500)).toBeLessThan(1);
  });
});

describe.skipIf(!hasTestdata)('tempo automation and markers (times as dawtool states them)', () => {
  it('counts the seconds of markers at a steady tempo', () => {
    const seconds = open('dawtool/tests/fl/fl test.flp').markers.map((marker) => marker.seconds);
    const expected = [
      0, 3.9006710621563982, 9.068958321105523, 25.042552775223523, 114.55011445229198, 172.16755032966174,
      275.46808052745877, 392.855046661319, 571.870170015456, 669.8882867372292, 967.2686009430086,
      3259.962403563346, 3626.980089866244,
    ];
    expect(seconds).toHaveLength(expected.length);
    for (const [i, value] of expected.entries()) expect(seconds[i]).toBeCloseTo(value, 6);
  });

  it('follows tempo clips with gaps and overlaps', () => {
    const project = open('dawtool/tests/fl/complex.flp');
    const markers = project.markers.map(({ name, seconds }) => [name, seconds] as const);
    const expected = [
      ['Auto', 29.04176593744516],
      ['ASDF', 32.31201984884661],
      ['MM', 35.223749340366794],
    ] as const;
    for (const [i, [name, seconds]] of expected.entries()) {
      expect(markers[i]?.[0]).toBe(name);
      expect(Math.abs(markers[i]![1] - seconds)).toBeLessThan(0.001);
    }
    const map = TempoMap.fromPoints(project.tempoMap);
    const at = (beat: number): number => map.ticksToSeconds(beat * 960);
    expect(at(11.841332912445068)).toBeCloseTo(6.01160364583677, 3);
    expect(at(26.84221653143565)).toBeCloseTo(13.12982895667002, 3);
    expect(at(54.895833333333336)).toBeCloseTo(27.5938950362706, 3);
  });

  it('reads points, clips and channels of auto-basic', () => {
    const project = open('dawtool/tests/fl/auto-basic.flp');
    expect(names(project.mixer.slice(0, 5))).toEqual(['Kick', 'Clap', 'Hat', 'Snare', 'coin 4']);
    expect(names(project.automation)).toEqual(['Tempo 5', 'Tempo 6']);
    expect(project.automation.map(({ points }) => points.map(({ ticks }) => Math.round(ticks)))).toEqual([
      [0, 1200],
      [0, 4560],
    ]);
    expect(
      project.clips.map(({ kind, startTicks, endTicks, trackId }) => [
        kind,
        startTicks / 10,
        (endTicks - startTicks) / 10,
        trackId,
      ]),
    ).toEqual([
      ['automation', 0, 456, 'track:0'],
      ['audio', 0, 192, 'track:2'],
      ['automation', 752, 456, 'track:1'],
      ['automation', 1376, 456, 'track:0'],
    ]);
  });

  it('binds automation to what its clip is named after', () => {
    const lanes = open('dawtool/tests/fl/complex.flp').automation;
    const target = (name: string) => lanes.find((lane) => lane.name === name)?.target;
    expect(target('Master pitch')).toMatchObject({ kind: 'pitch' });
    expect(target('exit - Volume')).toMatchObject({ kind: 'volume', channelId: 'insert:2' });
    expect(target('Master - Panning')).toMatchObject({ kind: 'pan', channelId: 'insert:0' });
    expect(target('Compressor - exit - Gain')).toMatchObject({
      kind: 'device',
      deviceId: 'insert:2:slot:1',
      name: 'exit / Fruity Compressor: Gain',
    });
  });
});

describe.skipIf(!hasTestdata)('projects of FL 9 to 11 (tempo and plug-ins as node-flp states them)', () => {
  it.each([
    ['1-blank.flp', 140, []],
    ['4-130-bpm.flp', 130, []],
    ['4frontpiano.flp', 140, ['4Front Piano']],
    ['4front+mjcompressor.flp', 140, ['4Front Piano', 'MjMultibandCompressor']],
    ['ambience.flp', 140, ['Ambience']],
    ['listen-to-my-synthesizer.flp', 140, ['Nexus', 'Synth1 VST']],
    ['nucleon-orbit.flp', 132, ['Harmless', 'Sytrus', 'Slicex', 'Maximus']],
  ])('%s', (name, bpm, plugins) => {
    const project = open(`flp_node_flp/flp/${name}`);
    expect(project.tempoMap[0]?.bpm).toBe(bpm);
    const found = new Set(project.mixer.flatMap(({ devices }) => devices).map((device) => device.pluginName));
    for (const plugin of plugins) expect(found).toContain(plugin);
  });

  it('reads pattern blocks of FL 8 and 9, and bars of nine sixteenths', () => {
    const old = open('flp_leftofzen/v8.0/Darkforce.flp');
    expect(old.clips.map(({ patternId }) => patternId)).toEqual(['pattern:9']);
    expect(old.patterns.find(({ id }) => id === 'pattern:9')?.name).toBe('Main automation');
    expect(open('flp_node_flp/flp/3-3.3-time-sig.flp').timeSignatures[0]).toMatchObject({
      numerator: 9,
      denominator: 16,
    });
  });

  it('reads the notes of FL 8, whose records are shorter', () => {
    const notes = open('flp_leftofzen/v8.0/Darkforce.flp').patterns.flatMap((pattern) => pattern.notes);
    expect(notes).toHaveLength(301);
    expect(notes.find(({ channelId }) => channelId === 'channel:9')).toMatchObject({
      startTicks: 0,
      durationTicks: 960,
      pitch: 48,
    });
  });

  it('keeps the controller events of patterns', () => {
    const project = open('flp_leftofzen/v20.7/Expanse.flp');
    const id = project.patterns[0]?.automationIds?.[0];
    const lane = project.automation.find((candidate) => candidate.id === id);
    expect(lane).toMatchObject({ scope: 'clip', target: { kind: 'pan', channelId: 'channel:3' } });
    expect(lane?.points).toHaveLength(766);
    expect(lane?.points[0]).toEqual({ ticks: 20, value: 6427, curve: 'hold' });
  });

  it('keeps the hits of the step sequencer', () => {
    const kick = open('flp_leftofzen/v11.1/Please Please Me.flp').patterns[1]!.notes.filter(
      ({ channelId, isStep }) => isStep === true && channelId === 'channel:3',
    );
    expect(kick.map(({ startTicks }) => startTicks / 240)).toEqual([0, 10, 14, 16, 24, 26, 30]);
  });
});

describe.skipIf(!hasTestdata)('FL 25', () => {
  it('reads routing, playlist and mixer of the new layout', () => {
    const project = open('flp_leftofzen/v25.1/Plucked.flp');
    const byName = new Map(project.mixer.map((channel) => [channel.name, channel]));
    expect(byName.get('Flanged')?.outputId).toBe('insert:4');
    expect(byName.get('String')?.outputId).toBe('insert:3');
    expect(project.clips).toHaveLength(1);
    const small = open('flp_rcg4u/test.flp');
    expect(small.tracks).toHaveLength(4);
    expect(small.mixer.filter(({ kind }) => kind === 'insert')).toHaveLength(17);
    expect(small.clips.map(({ endTicks, startTicks }) => endTicks - startTicks)).toEqual(
      Array(4).fill(15360),
    );
  });
});
