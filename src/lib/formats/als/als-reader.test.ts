import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import midiFile from 'midi-file';
import { describe, expect, it } from 'vitest';
import { allDevices } from '../../core/devices';
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
/** A parameter as Live writes it. */
const parameter = (tag: string, value: number | boolean, id: number): string =>
  `<${tag}><LomId Value="0"/><Manual Value="${value}"/><AutomationTarget Id="${id}"><LockEnvelope Value="0"/></AutomationTarget>
  <ModulationTarget Id="${id + 1}"><LockEnvelope Value="0"/></ModulationTarget></${tag}>`;

const strip = (id: number): string =>
  `<MixerDevice>${parameter('On', true, id)}${parameter('Speaker', true, id + 2)}${parameter('Volume', 0.5, id + 4)}${parameter('Panorama', -1, id + 6)}</MixerDevice>`;

/** A drum rack whose second pad holds a rack with a compressor. */
const RACK = `<DrumGroupDevice Id="0">${parameter('On', true, 100)}<Branches>
  <DrumBranch Id="0"><Name><EffectiveName Value="Kick 909"/><UserName Value=""/></Name><DeviceChain><MidiToAudioDeviceChain Id="0"><Devices>
  <OriginalSimpler Id="0">${parameter('On', true, 110)}</OriginalSimpler></Devices></MidiToAudioDeviceChain></DeviceChain>${strip(120)}
  <BranchInfo><ReceivingNote Value="92"/></BranchInfo></DrumBranch>
  <DrumBranch Id="1"><Name><EffectiveName Value="x"/><UserName Value="Snare bus"/></Name><DeviceChain><MidiToAudioDeviceChain Id="0"><Devices>
  <InstrumentGroupDevice Id="0">${parameter('On', true, 130)}${parameter('MacroControls.0', 64, 132)}<MacroDisplayNames.0 Value="Snap"/><Branches>
  <InstrumentBranch Id="0"><Name><EffectiveName Value="Body"/></Name><DeviceChain><MidiToAudioDeviceChain Id="0"><Devices>
  <Compressor2 Id="0">${parameter('On', false, 140)}${parameter('Attack', 12, 142)}</Compressor2></Devices></MidiToAudioDeviceChain></DeviceChain>${strip(150)}
  </InstrumentBranch></Branches></InstrumentGroupDevice></Devices></MidiToAudioDeviceChain></DeviceChain>${strip(160)}
  <BranchInfo><ReceivingNote Value="0"/></BranchInfo></DrumBranch></Branches></DrumGroupDevice>
  <AuPluginDevice Id="1">${parameter('On', true, 170)}<PluginDesc><AuPluginInfo><Name Value="Pro-Q"/><Manufacturer Value="FF"/></AuPluginInfo></PluginDesc>
  <ParameterList><PluginFloatParameter><ParameterName Value="Band 1 Gain"/><ParameterId Value="-1"/>${parameter('ParameterValue', 0.25, 180)}
  </PluginFloatParameter><PluginEnumParameter><ParameterName Value="Bands"/><ParameterId Value="-1"/>${parameter('ParameterValue', 3, 182)}
  </PluginEnumParameter></ParameterList></AuPluginDevice>`;

const envelope = (target: number, points: readonly (readonly [number, number])[]): string =>
  `<ClipEnvelope Id="0"><EnvelopeTarget><PointeeId Value="${target}"/></EnvelopeTarget><Automation><Events>${points
    .map(([beat, value]) => `<FloatEvent Id="0" Time="${beat}" Value="${value}"/>`)
    .join('')}</Events></Automation></ClipEnvelope>`;

const MASTER = `<MasterTrack><DeviceChain><Mixer><Tempo><Manual Value="90"/><AutomationTarget Id="8"/></Tempo><TimeSignature><Manual Value="200"/>
  </TimeSignature></Mixer></DeviceChain></MasterTrack>`;

/** A parameter as Live 8 writes it: its value is the automation before the start. */
const parameter8 = (tag: string, value: number | boolean, more = ''): string =>
  `<${tag}><ArrangerAutomation><Events><${typeof value === 'number' ? 'Float' : 'Bool'}Event Time="-63072000" Value="${value}"/>${more}
  </Events></ArrangerAutomation><AutomationTarget Id="1"/></${tag}>`;

const LIVE_8 = `<Tracks><AudioTrack Id="3"><Name><EffectiveName Value="Bass"/></Name><DeviceChain><Mixer>
  ${parameter8('Speaker', false)}${parameter8('Volume', 0.25)}${parameter8('Pan', 0.5)}</Mixer><MainSequencer/><DeviceChain><Devices>
  <Eq8 Id="0">${parameter8('On', false)}${parameter8('GlobalGain', -3)}</Eq8></Devices></DeviceChain></DeviceChain></AudioTrack></Tracks>
  <MasterTrack><MasterChain><Mixer>${parameter8('Volume', 0.75)}${parameter8('Tempo', 93, '<FloatEvent Time="0" Value="93"/><FloatEvent Time="16" Value="93"/><FloatEvent Time="16" Value="120"/>')}
  ${parameter8('TimeSignature', 302)}</Mixer></MasterChain></MasterTrack>`;

describe('Live sets', () => {
  it('reads sets of Live 8, whose values stand before the start and whose master has a chain of its own', async () => {
    const { project } = await read(pack(set(LIVE_8, 'Ableton Live 8.4.2')));
    expect(project.mixer).toMatchObject([
      { name: 'Bass', gain: 0.25, pan: 0.5, muted: true },
      { kind: 'master', gain: 0.75 },
    ]);
    expect(project.mixer[0]!.devices).toMatchObject([
      { name: 'EQ Eight', enabled: false, parameters: [{ id: 'GlobalGain', value: -3 }] },
    ]);
    expect(project.statedBpm).toBe(93);
    expect(project.tempoMap).toMatchObject([
      { tick: 0, bpm: 93 },
      { tick: 15_360, bpm: 120 },
    ]);
    expect(project.timeSignatures).toEqual([{ tick: 0, numerator: 6, denominator: 8 }]);
  });

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

  it('keeps racks with their chains, and plug-in parameters by name', async () => {
    const { project } = await read(pack(set(MIDI_TRACK.replace('<Devices/>', `<Devices>${RACK}</Devices>`))));
    const [rack, plugin] = project.mixer[0]!.devices;
    expect(rack).toMatchObject({ name: 'Drum Rack', kind: 'container' });
    expect(rack!.chains).toMatchObject([
      { name: 'Kick 909', pitch: 36, gain: 0.5, pan: -1, muted: false, devices: [{ name: 'Simpler' }] },
      { name: 'Snare bus', devices: [{ name: 'Instrument Rack', chains: [{ name: 'Body' }] }] },
    ]);
    expect(rack!.chains![1]).not.toHaveProperty('pitch');
    const inner = rack!.chains![1]!.devices[0]!;
    expect(inner.parameters).toEqual([{ id: 'MacroControls.0', name: 'Snap', value: 64, unit: 'raw' }]);
    expect(inner.chains![0]!.devices[0]).toMatchObject({
      name: 'Compressor',
      enabled: false,
      parameters: [{ id: 'Attack', value: 12, unit: 'ms' }],
    });
    expect(plugin!.parameters).toEqual([
      { id: 'Parameter.0', name: 'Band 1 Gain', value: 0.25, unit: 'normalized' },
      { id: 'Parameter.1', name: 'Bands', value: 3, unit: 'raw' },
    ]);
    expect(new Set(allDevices(project.mixer[0]!.devices).map(({ id }) => id)).size).toBe(5);
  });

  it('binds the envelopes of clips to what they move', async () => {
    const curves = [
      envelope(11, [
        [-63_072_000, 0.1],
        [0, 0.2],
        [2, 0.8],
      ]),
      envelope(142, [
        [0, 5],
        [1, 50],
      ]),
      envelope(143, [
        [0, -0.5],
        [1, 0.5],
      ]),
      envelope(901, [[-63_072_000, 64]]),
      envelope(900, [
        [0, 0],
        [1, -8192],
      ]),
      envelope(99_999, [
        [0, 1],
        [1, 0],
      ]),
    ].join('');
    const xml = MIDI_TRACK.replace('<Devices/>', `<Devices>${RACK}</Devices>`)
      .replace(
        '<Name Value="riff"/>',
        `<Name Value="riff"/><Envelopes><Envelopes>${curves}</Envelopes></Envelopes>`,
      )
      .replace(
        '</MainSequencer>',
        '<MidiControllers><ControllerTargets.0 Id="900"/><ControllerTargets.3 Id="901"/></MidiControllers></MainSequencer>',
      );
    const { project } = await read(pack(set(xml)));
    const ids = project.patterns[0]!.automationIds!;
    const lanes = ids.map((id) => project.automation.find((lane) => lane.id === id)!);
    expect(lanes.map(({ scope }) => scope)).toEqual(ids.map(() => 'clip'));
    expect(lanes.map(({ target, unit }) => [target.kind, target.name, unit])).toEqual([
      ['volume', 'Lead: Volume', 'gain'],
      ['device', 'Lead: Compressor: Attack', 'raw'],
      ['device', 'Lead: Compressor: Attack (modulation)', 'raw'],
      ['controller', 'Lead: Controller 1', 'midi'],
      ['pitch', 'Lead: Pitch bend', 'raw'],
      ['unknown', 'Lead: Parameter 99999', 'raw'],
    ]);
    expect(lanes.map(({ isModulation }) => isModulation === true)).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(lanes[0]!.points).toEqual([
      { ticks: 0, value: 0.2 },
      { ticks: 1920, value: 0.8 },
    ]);
    const attack = allDevices(project.mixer[0]!.devices).find(({ name }) => name === 'Compressor')!;
    expect(lanes[1]!.target).toMatchObject({ deviceId: attack.id, parameterId: 'Attack' });
    expect(lanes[3]!).toMatchObject({
      target: { parameterId: '1' },
      points: [{ ticks: 0, value: 64, curve: 'hold' }],
    });
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
    const text = new TextEncoder().encode(
      set(MIDI_TRACK.replace('<Devices/>', `<Devices>${RACK}</Devices>`) + MASTER),
    );
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
