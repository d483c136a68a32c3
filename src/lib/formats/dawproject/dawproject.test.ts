import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DawProject, Track } from 'dawproject-typescript';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import type { Project, ReadResult } from '../../core/project';
import { FormatError } from '../../core/errors';
import { alsReader } from '../als/als-reader';
import { dawprojectReader } from './dawproject-reader';
import { projectXml, writeDawproject } from './dawproject-writer';
import { parseXml, type XmlElement } from './xml-dom';

const daw = path.resolve(process.env.LOOPMIND_TESTDATA ?? '../shared/testdata', 'daw');
const withData = it.skipIf(!existsSync(daw));

const archive = (xml: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    zipSync({
      'project.xml': strToU8(xml),
      'metadata.xml': strToU8('<MetaData><Title>T</Title></MetaData>'),
    }),
  );

async function read(bytes: Uint8Array<ArrayBuffer>): Promise<ReadResult> {
  const file = { path: 'song.dawproject', blob: new Blob([bytes]) };
  const claimed = await dawprojectReader.claim([file]);
  if (claimed.length === 0) throw new FormatError(0, 'a DAWproject', 'something else');
  return dawprojectReader.read(claimed, [file]);
}

async function readFixture(...parts: string[]): Promise<Project> {
  const file = {
    path: parts.at(-1)!,
    blob: new Blob([new Uint8Array(readFileSync(path.join(daw, ...parts)))]),
  };
  const reader = parts.at(-1)!.endsWith('.als') ? alsReader : dawprojectReader;
  return (await reader.read([file], [file])).project;
}

/**
 * Child elements in the order of the published DAWproject 1.0 schema, with the attributes it requires. `*` stands for any
 * number of any of the names.
 */
const TIMELINES = ['Lanes', 'Notes', 'Clips', 'ClipSlot', 'Warps', 'Audio', 'Points'];
const DEVICES = ['Vst2Plugin', 'Vst3Plugin', 'ClapPlugin', 'BuiltinDevice', 'AuPlugin'];
const SCHEMA: Readonly<
  Record<
    string,
    {
      readonly order?: readonly string[];
      readonly any?: readonly string[];
      readonly required?: readonly string[];
    }
  >
> = {
  Project: {
    order: ['Application', 'Transport', 'Structure', 'Arrangement', 'Scenes'],
    required: ['version'],
  },
  Application: { required: ['name', 'version'] },
  Transport: { order: ['Tempo', 'TimeSignature'] },
  Tempo: { required: ['unit'] },
  TimeSignature: { required: ['denominator', 'numerator'] },
  Structure: { any: ['Track', 'Channel'] },
  Track: { order: ['Channel', 'Track'] },
  Channel: { order: ['Devices', 'Mute', 'Pan', 'Sends', 'Volume'] },
  Devices: { any: DEVICES },
  Sends: { any: ['Send'] },
  Send: { order: ['Enable', 'Pan', 'Volume'] },
  Mute: {},
  Enable: {},
  Enabled: {},
  Pan: { required: ['unit'] },
  Volume: { required: ['unit'] },
  Parameters: { any: ['RealParameter'] },
  RealParameter: { required: ['unit'] },
  ...Object.fromEntries(
    DEVICES.map((tag) => [
      tag,
      { order: ['Parameters', 'Enabled', 'State'], required: ['deviceName', 'deviceRole'] },
    ]),
  ),
  Arrangement: { order: ['Lanes', 'Markers', 'TempoAutomation', 'TimeSignatureAutomation'] },
  Lanes: { any: TIMELINES },
  Clips: { any: ['Clip'] },
  ClipSlot: { order: ['Clip'] },
  Clip: { any: TIMELINES, required: ['time'] },
  Notes: { any: ['Note'] },
  Note: { required: ['time', 'duration', 'channel', 'key'] },
  Warps: { order: ['Audio', 'Warp'], required: ['contentTimeUnit'] },
  Warp: { required: ['time', 'contentTime'] },
  Audio: { order: ['File'], required: ['channels', 'sampleRate', 'duration'] },
  File: { required: ['path'] },
  Markers: { any: ['Marker'] },
  Marker: { required: ['time'] },
  Points: { order: ['Target', 'RealPoint|BoolPoint'] },
  TempoAutomation: { order: ['Target', 'RealPoint'] },
  TimeSignatureAutomation: { order: ['Target', 'TimeSignaturePoint'] },
  Target: {},
  RealPoint: { required: ['time', 'value'] },
  BoolPoint: { required: ['time', 'value'] },
  TimeSignaturePoint: { required: ['time', 'numerator', 'denominator'] },
  Scenes: { any: ['Scene'] },
  Scene: { any: ['Lanes'] },
};
const UNITS = ['linear', 'normalized', 'percent', 'decibel', 'hertz', 'semitones', 'seconds', 'beats', 'bpm'];
const REFERENCES = ['track', 'destination', 'reference', 'parameter'];

/** What a validator of the schema would say, for the elements LoopMind writes. */
function violations(xml: string): string[] {
  const found: string[] = [];
  const ids = new Set<string>();
  const references: string[] = [];
  const visit = (node: XmlElement): void => {
    const rule = SCHEMA[node.tag];
    if (rule === undefined) found.push(`<${node.tag}> is not in the schema`);
    for (const name of rule?.required ?? [])
      if (!(name in node.attributes)) found.push(`${node.tag}@${name} is missing`);
    const { id, unit } = node.attributes;
    if (id !== undefined && (ids.has(id) || !/^[A-Za-z_][\w.-]*$/.test(id))) found.push(`id ${id}`);
    if (id !== undefined) ids.add(id);
    if (unit !== undefined && !UNITS.includes(unit)) found.push(`unit ${unit}`);
    for (const name of REFERENCES)
      if (node.attributes[name] !== undefined) references.push(node.attributes[name]);
    let last = 0;
    for (const child of node.children) {
      const at = rule?.order?.findIndex((tags) => tags.split('|').includes(child.tag));
      if (at !== undefined && (at < 0 || at < last))
        found.push(`<${child.tag}> out of order in <${node.tag}>`);
      if (at !== undefined) last = at;
      if (rule?.any !== undefined && !rule.any.includes(child.tag))
        found.push(`<${child.tag}> in <${node.tag}>`);
      visit(child);
    }
  };
  visit(parseXml(xml).root);
  for (const reference of references) if (!ids.has(reference)) found.push(`nothing has id ${reference}`);
  return found;
}

/** Their tracks with those inside groups. */
function flatTracks(lanes: readonly unknown[]): Track[] {
  return lanes.flatMap((lane) => (lane instanceof Track ? [lane, ...flatTracks(lane.tracks)] : []));
}

/** What must survive a round trip, with the ids taken out. */
function comparable(project: Project): unknown {
  const trackName = new Map(project.tracks.map(({ id, name }, i) => [id, `${i}:${name}`]));
  const channelName = new Map(project.mixer.map(({ id, name }) => [id, name]));
  const pattern = new Map(project.patterns.map((p) => [p.id, p]));
  const round = (value: number): number => Math.round(value * 1e6) / 1e6;
  return {
    title: project.title,
    tempo: project.tempoMap.map(({ tick, bpm }) => [round(tick), round(bpm)]),
    signatures: project.timeSignatures,
    tracks: project.tracks.map(({ name, kind, colour, parentId, muted }) => ({
      name,
      kind,
      colour,
      muted,
      parent: trackName.get(parentId ?? ''),
    })),
    clips: project.clips
      .map((clip) => ({
        track: trackName.get(clip.trackId),
        name: clip.name,
        kind: clip.kind,
        colour: clip.colour,
        muted: clip.muted,
        place: [clip.startTicks, clip.endTicks, clip.offsetTicks, clip.offsetSeconds ?? null].map((value) =>
          value === null ? null : round(value),
        ),
        loop: clip.loop,
        warp: clip.warp?.map(({ seconds, ticks }) => [round(seconds), round(ticks)]),
        sample: project.sampleRefs.find(({ id }) => id === clip.sampleId)?.path,
        notes: pattern
          .get(clip.patternId ?? '')
          ?.notes.map((note) => [
            round(note.startTicks),
            round(note.durationTicks),
            note.pitch,
            round(note.muted === true ? 0 : note.velocity),
            channelName.get(note.channelId ?? ''),
            note.midiChannel ?? 0,
          ]),
      }))
      .map((clip) => JSON.stringify(clip))
      .sort(),
    session: project.sessionClips
      .map(({ clip, sceneIndex }) => ({
        sceneIndex,
        track: trackName.get(clip.trackId),
        name: clip.name,
        place: [clip.endTicks, clip.offsetTicks].map(round),
        loop: clip.loop,
        notes: pattern
          .get(clip.patternId ?? '')
          ?.notes.map((note) => [round(note.startTicks), round(note.durationTicks), note.pitch]),
      }))
      .map((slot) => JSON.stringify(slot))
      .sort(),
    markers: project.markers.map(({ ticks, name }) => [round(ticks), name]),
    mixer: project.mixer
      .map(({ name, gain, pan, muted, outputId, sends, devices }) => ({
        name,
        gain: round(gain),
        pan: round(pan),
        muted,
        out: channelName.get(outputId ?? ''),
        sends: sends.map((send) => [channelName.get(send.targetId), round(send.gain), send.enabled]),
        devices: devices.map((device) => [
          device.name,
          device.enabled,
          device.parameters.map((p) => [p.name, round(p.value)]),
        ]),
      }))
      .map((channel) => JSON.stringify(channel))
      .sort(),
    automation: project.automation
      .filter(({ target }) => ['volume', 'pan', 'mute', 'send'].includes(target.kind))
      .map(({ name, points }) => [name, points.map(({ ticks, value }) => [round(ticks), round(value)])]),
  };
}

const SMALL = `<Project version="1.0"><Application name="A" version="1"/><Transport><Tempo id="t" value="100" unit="bpm"/></Transport>
<Structure><Track id="a" name="Keys" contentType="notes"><Channel id="c" role="regular"><Volume id="v" value="-6" unit="decibel"/></Channel></Track></Structure>
<Arrangement><Lanes timeUnit="beats"><Lanes track="a"><Clips><Clip time="4" duration="8" playStart="1" loopStart="0" loopEnd="2"><Notes id="n">
<Note time="0.5" duration="1" channel="2" key="64" vel="0.5" rel="0.25"/></Notes></Clip><Clip time="16" duration="2" reference="n"/></Clips>
<Points><Target parameter="v"/><RealPoint time="2" value="-12" interpolation="linear"/></Points></Lanes></Lanes></Arrangement></Project>`;

describe('DAWproject', () => {
  it('reads tracks, clips, aliases, notes, units and automation', async () => {
    const { project } = await read(archive(SMALL));
    expect(project).toMatchObject({ title: 'T', formatVersion: '1.0', application: 'A 1' });
    expect(
      project.clips.map(({ startTicks, endTicks, offsetTicks, patternId }) => [
        startTicks,
        endTicks,
        offsetTicks,
        patternId,
      ]),
    ).toEqual([
      [3840, 11_520, 960, 'n'],
      [15_360, 17_280, 0, 'n'],
    ]);
    expect(project.patterns).toHaveLength(1);
    expect(project.patterns[0]?.notes).toEqual([
      {
        startTicks: 480,
        durationTicks: 960,
        pitch: 64,
        velocity: 0.5,
        midiChannel: 2,
        releaseVelocity: 0.25,
      },
    ]);
    expect(project.mixer[0]?.gain).toBeCloseTo(0.501, 3);
    expect(project.automation[0]).toMatchObject({ unit: 'gain', target: { kind: 'volume', channelId: 'c' } });
    expect(project.automation[0]?.points[0]?.value).toBeCloseTo(0.251, 3);
  });

  it('writes what the schema allows, and reads back the same project', async () => {
    const { project } = await read(archive(SMALL));
    expect(violations(projectXml(project))).toEqual([]);
    expect(comparable((await read(writeDawproject(project))).project)).toEqual(comparable(project));
  });

  it('takes samples along and finds them again', async () => {
    const clip =
      '<Clip time="0" duration="4" contentTimeUnit="seconds" playStart="0.5"><Audio duration="2" channels="1" sampleRate="48000"><File path="C:\\loops\\a.wav"/></Audio></Clip>';
    const { project } = await read(archive(SMALL.replace('<Clip time="4"', `${clip}<Clip time="4"`)));
    const sample = project.sampleRefs[0]!;
    expect(sample).toMatchObject({ fileName: 'a.wav', sampleRateHz: 48_000 });
    const bytes = writeDawproject(project, { samples: new Map([[sample.id, new Uint8Array([1, 2, 3])]]) });
    expect(unzipSync(bytes)['audio/1-a.wav']).toEqual(new Uint8Array([1, 2, 3]));
    expect((await read(bytes)).project.sampleRefs[0]).toMatchObject({
      resolvedPath: 'audio/1-a.wav',
      sizeBytes: 3,
    });
  });

  it('ends cycles, depth and bombs with an error or a warning', async () => {
    const cyclic = SMALL.replace(
      '<Notes id="n">',
      '<Clips id="loop"><Clip time="0" reference="loop"/></Clips><Notes id="n">',
    );
    expect((await read(archive(cyclic))).warnings.map(({ code }) => code)).toContain('cyclic-clips');
    await expect(read(archive('<Project>'.repeat(1000)))).rejects.toBeInstanceOf(FormatError);
    await expect(read(archive(' '.repeat(100_000_000)))).rejects.toBeInstanceOf(FormatError);
    await expect(read(archive('<Ableton/>'))).rejects.toBeInstanceOf(FormatError);
  }, 30_000);

  it('survives a cut at every byte and 10,000 damaged documents', async () => {
    const whole = archive(SMALL);
    for (let length = 0; length < whole.length; length++) {
      await read(whole.slice(0, length)).catch((error: unknown) => expect(error).toBeInstanceOf(FormatError));
    }
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % below;
    };
    const text = strToU8(SMALL);
    for (let i = 0; i < 10_000; i++) {
      const damaged = text.slice();
      for (let k = 0; k <= random(4); k++) damaged[random(damaged.length)] = random(256);
      const bytes = new Uint8Array(zipSync({ 'project.xml': damaged }, { level: 0 }));
      await read(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(FormatError));
    }
  }, 120_000);

  withData.each([
    ['dawproject_perivar', 'testfile.dawproject'],
    ['dawproject_perivar', 'test-complex.dawproject'],
    ['als_pyableton', 'test', 'test.als'],
    ['als_buildable', 'tests', 'test_live_set', 'sends.als'],
    ['als_buildable', 'tests', 'test_live_set', 'groups.als'],
    ['dawtool', 'tests', 'als', 'automation.als'],
    ['dawtool', 'tests', 'als', 'live9', 'live9-patch-2-0point.als'],
  ])('round trip and schema: %s %s %s %s', async (...parts) => {
    const project = await readFixture(...parts);
    expect(violations(projectXml(project))).toEqual([]);
    expect(comparable((await read(writeDawproject(project))).project)).toEqual(comparable(project));
  });

  withData.each([
    ['als_buildable', 'tests', 'test_live_set', 'sends.als'],
    ['dawtool', 'tests', 'als', 'live9', 'live9-patch-2-0point.als'],
    ['als_pyableton', 'test', 'test.als'],
  ])('an independent reader follows it: %s %s %s %s', async (...parts) => {
    const project = await readFixture(...parts);
    // It complains about elements it does not know (device parameters).
    vi.spyOn(console, 'warn').mockReturnValue();
    const theirs = await DawProject.loadProject(Buffer.from(writeDawproject(project)));
    vi.restoreAllMocks();
    const tracks = flatTracks(theirs.structure);
    const nameOf = new Map(tracks.map((track) => [track.channel?.id, track.name]));
    const channels = new Map(project.mixer.map((channel) => [channel.id, channel]));
    expect(tracks.map(({ name }) => name).sort()).toEqual(project.tracks.map(({ name }) => name).sort());
    // Return tracks that send to each other cannot all come first.
    for (const track of project.tracks.filter(({ kind }) => kind !== 'return')) {
      const channel = channels.get(track.channelId ?? '')!;
      const found = tracks.find((other) => other.id?.endsWith(track.id) === true)!;
      expect(nameOf.get(found.channel?.destination?.id), track.name).toBe(
        channels.get(channel.outputId ?? '')?.name,
      );
      expect(found.channel?.sends?.map((send) => nameOf.get(send.destination?.id)) ?? [], track.name).toEqual(
        channel.sends.map(({ targetId }) => channels.get(targetId)?.name),
      );
    }
  });

  it('lays the curves of clips out on the time line, and leaves modulations out', async () => {
    const { project } = await read(archive(SMALL));
    const clipLane = {
      id: 'curve',
      name: 'Curve',
      target: project.automation[0]!.target,
      scope: 'clip' as const,
      unit: 'gain' as const,
      points: [
        { ticks: 0, value: 0.25 },
        { ticks: 1920, value: 0.75 },
      ],
    };
    const edited: Project = {
      ...project,
      automation: [clipLane, { ...clipLane, id: 'added', isModulation: true }],
      patterns: project.patterns.map((pattern) => ({ ...pattern, automationIds: ['curve', 'added'] })),
      clips: project.clips.filter(({ startTicks }) => startTicks === 15_360),
    };
    const { automation } = (await read(writeDawproject(edited))).project;
    expect(automation.map(({ points }) => points.map(({ ticks, value }) => [ticks, value]))).toEqual([
      [[15_360, 0.25]],
    ]);
  });

  it('reads scenes whose lanes are wrapped once more', async () => {
    const slot =
      '<Lanes timeUnit="beats"><ClipSlot track="a"><Clip time="0" duration="4"><Notes><Note time="0" duration="1" channel="0" key="60"/></Notes></Clip></ClipSlot></Lanes>';
    for (const content of [slot, `<Content>${slot}</Content>`]) {
      const xml = SMALL.replace(
        '</Project>',
        `<Scenes><Scene name="1">${content}</Scene></Scenes></Project>`,
      );
      const { project, warnings } = await read(archive(xml));
      expect(project.sessionClips).toHaveLength(1);
      expect(warnings).toEqual([]);
    }
  });

  it('keeps loop, curves and scene of clips in which notes or audio lie beside curves', async () => {
    const curve = (value: number): string =>
      `<Points><Target parameter="v"/><RealPoint time="1" value="${value}" interpolation="linear"/></Points>`;
    const clip = `<Clip time="8" duration="8" loopStart="0" loopEnd="2"><Lanes><Notes><Note time="0.5" duration="1" channel="0" key="60"/></Notes>
      ${curve(-6)}</Lanes></Clip><Clip time="16" duration="2"><Lanes><Audio duration="2" channels="1" sampleRate="48000"><File path="a.wav"/></Audio>
      ${curve(-12)}</Lanes></Clip>`;
    const slot = `<Scenes><Scene><Lanes timeUnit="beats"><ClipSlot track="a">${clip}</ClipSlot></Lanes></Scene></Scenes>`;
    const xml = SMALL.replace('</Clips>', `${clip}</Clips>`).replace('</Project>', `${slot}</Project>`);
    const { project, warnings } = await read(archive(xml));
    expect(warnings).toEqual([]);
    expect(project.clips).toHaveLength(4);
    const scene = project.sessionClips.map((session) => session.clip);
    expect(scene.map(({ kind, startTicks, endTicks }) => [kind, startTicks, endTicks])).toEqual([
      ['notes', 0, 7680],
      ['audio', 0, 1920],
    ]);
    expect(scene[0]!.loop).toEqual({ startTicks: 0, endTicks: 1920 });
    for (const { kind, patternId, automationIds } of [project.clips[1]!, project.clips[3]!, ...scene]) {
      const pattern = project.patterns.find(({ id }) => id === patternId);
      expect(pattern?.notes.map(({ pitch }) => pitch)).toEqual(kind === 'notes' ? [60] : undefined);
      const lanes = (pattern?.automationIds ?? automationIds)!.map((id) =>
        project.automation.find((lane) => lane.id === id),
      );
      expect(lanes).toMatchObject([{ scope: 'clip', unit: 'gain', points: [{ ticks: 960 }] }]);
    }
  });

  withData('agrees with the notes, clips and automation another library wrote', async () => {
    const expected = path.join(daw, 'dawproject_perivar_expected', 'dawproject_complex_serialized.xml');
    const project = await readFixture('dawproject_perivar', 'test-complex.dawproject');
    const text = readFileSync(expected, 'utf8');
    const count = (tag: string): number => text.split(`<${tag} `).length - 1;
    expect(project.clips).toHaveLength(count('Clip'));
    expect(project.tracks).toHaveLength(count('Track'));
    expect(project.patterns.flatMap(({ notes }) => notes)).toHaveLength(count('Note'));
    expect(project.automation.flatMap(({ points }) => points)).toHaveLength(count('RealPoint'));
    expect(project.markers.map(({ name }) => name)).toEqual(
      [...text.matchAll(/<Marker name="([^"]+)"/g)].map((m) => m[1]),
    );
  });
});
