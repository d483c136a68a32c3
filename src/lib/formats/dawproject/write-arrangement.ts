import { placedAutomation } from '../../core/placed-automation';
import type {
  AutomationLane,
  AutomationTarget,
  Project,
  ProjectClip,
  ProjectNote,
  ProjectPattern,
} from '../../core/project';
import { embeddedPath } from './media-path';
import { toBeats, type IdTable } from './ids';
import { MS_A_SECOND } from './structure';
import type { StructureContext } from './write-structure';
import { element, type XmlOut } from './xml-writer';

/**
 * Lanes, markers, tempo and time signatures, in the schema's order. Every track has its lanes, empty or not: the structure lists tracks in
 * the order in which they can be referred to, the lanes list them from top to bottom.
 */
export function writeArrangement(context: StructureContext, embedded: ReadonlySet<string>): XmlOut {
  const { project, ids } = context;
  const automation = placedAutomation(project).filter(
    (lane) => lane.isModulation !== true && parameterIdOf(lane.target, context) !== undefined,
  );
  const trackLanes = project.tracks.map((track) => {
    const clips = project.clips.filter(({ trackId, kind }) => trackId === track.id && kind !== 'automation');
    const lanes = automation.filter((lane) => ownerOf(lane, project) === track.id);
    return element('Lanes', { id: ids.declare(`lanes/${track.id}`), track: ids.of(`track/${track.id}`) }, [
      clips.length === 0
        ? undefined
        : element(
            'Clips',
            { id: ids.declare(`clips/${track.id}`) },
            clips.map((clip) => writeClip(clip, context, embedded)),
          ),
      ...lanes.map((lane) => writePoints(lane, context)),
    ]);
  });
  const loose = automation.filter(
    (lane) =>
      ownerOf(lane, project) === undefined &&
      lane.target.kind !== 'tempo' &&
      lane.target.kind !== 'time-signature',
  );
  return element('Arrangement', { id: ids.declare('arrangement') }, [
    element('Lanes', { id: ids.declare('lanes'), timeUnit: 'beats' }, [
      ...trackLanes,
      ...loose.map((lane) => writePoints(lane, context)),
    ]),
    writeMarkers(project, ids),
    writeTempo(project, ids),
    writeSignatures(project, ids),
  ]);
}

/** Launcher clips, one scene a row. */
export function writeScenes(context: StructureContext, embedded: ReadonlySet<string>): XmlOut | undefined {
  const { project, ids } = context;
  const trackIds = new Set(project.tracks.map(({ id }) => id));
  const slots = project.sessionClips.filter(({ clip }) => trackIds.has(clip.trackId));
  if (slots.length === 0) return undefined;
  const rows = slots.reduce((last, { sceneIndex }) => Math.max(last, sceneIndex), 0) + 1;
  const scenes = Array.from({ length: rows }, (_, row) =>
    element('Scene', { id: ids.declare(`scene/${row}`), name: `Scene ${row + 1}` }, [
      element(
        'Lanes',
        { id: ids.declare(`scene-lanes/${row}`), timeUnit: 'beats' },
        slots
          .filter(({ sceneIndex }) => sceneIndex === row)
          .map(({ clip }) =>
            element(
              'ClipSlot',
              {
                id: ids.declare(`slot/${row}/${clip.id}`),
                track: ids.of(`track/${clip.trackId}`),
                hasStop: true,
              },
              [writeClip(clip, context, embedded)],
            ),
          ),
      ),
    ]),
  );
  return element('Scenes', {}, scenes);
}

function writeClip(clip: ProjectClip, context: StructureContext, embedded: ReadonlySet<string>): XmlOut {
  const { project, ids } = context;
  const pattern = project.patterns.find(({ id }) => id === clip.patternId);
  const isAlias = pattern !== undefined && ids.has(`notes/${pattern.id}`);
  const isUnwarped = clip.kind === 'audio' && clip.warp === undefined;
  const content =
    pattern !== undefined && !isAlias
      ? writeNotes(pattern, context)
      : clip.kind === 'audio'
        ? writeAudio(clip, context, embedded)
        : undefined;
  return element(
    'Clip',
    {
      name: clip.name,
      color: clip.colour,
      time: toBeats(clip.startTicks),
      duration: toBeats(clip.endTicks - clip.startTicks),
      contentTimeUnit: isUnwarped ? 'seconds' : 'beats',
      playStart: isUnwarped ? (clip.offsetSeconds ?? 0) : toBeats(clip.offsetTicks),
      loopStart: clip.loop === undefined ? undefined : toBeats(clip.loop.startTicks),
      loopEnd: clip.loop === undefined ? undefined : toBeats(clip.loop.endTicks),
      enable: clip.muted === true ? false : undefined,
      reference: isAlias ? ids.of(`notes/${pattern.id}`) : undefined,
    },
    [content],
  );
}

/** One list of notes, or one a instrument where a pattern plays several (FL Studio). */
function writeNotes(pattern: ProjectPattern, { ids, project }: StructureContext): XmlOut {
  const known = new Set(project.mixer.map(({ id }) => id));
  const byChannel = new Map<string, ProjectNote[]>();
  for (const note of pattern.notes) {
    const channelId = note.channelId !== undefined && known.has(note.channelId) ? note.channelId : '';
    const list = byChannel.get(channelId);
    if (list === undefined) byChannel.set(channelId, [note]);
    else list.push(note);
  }
  const list = (id: string, channelId: string, notes: readonly ProjectNote[], name?: string): XmlOut =>
    element(
      'Notes',
      { name, id, track: channelId === '' ? undefined : ids.of(`channel/${channelId}`) },
      notes.map(writeNote),
    );
  const id = ids.declare(`notes/${pattern.id}`);
  const [only, ...more] = [...byChannel];
  if (only === undefined) return list(id, '', [], pattern.name);
  if (more.length === 0) return list(id, only[0], only[1], pattern.name);
  return element(
    'Lanes',
    { name: pattern.name, id },
    [only, ...more].map(([channelId, notes]) =>
      list(ids.declare(`notes/${pattern.id}/${channelId}`), channelId, notes),
    ),
  );
}

function writeNote(note: ProjectNote): XmlOut {
  return element('Note', {
    time: toBeats(note.startTicks),
    duration: toBeats(note.durationTicks),
    channel: note.midiChannel ?? 0,
    key: note.pitch,
    // The format has no mute for a note: it stays, silent.
    vel: note.muted === true ? 0 : note.velocity,
    rel: note.releaseVelocity,
  });
}

function writeAudio(
  clip: ProjectClip,
  { project, ids }: StructureContext,
  embedded: ReadonlySet<string>,
): XmlOut | undefined {
  const sample = project.sampleRefs.find(({ id }) => id === clip.sampleId);
  if (sample === undefined) return undefined;
  const travels = embedded.has(sample.id);
  const audio = element(
    'Audio',
    {
      id: ids.declare(`audio/${clip.id}`),
      duration: sample.durationSeconds ?? clip.endSeconds - clip.startSeconds,
      channels: 2,
      sampleRate: sample.sampleRateHz ?? 44_100,
    },
    [
      element('File', {
        path: (travels ? embeddedPath(project, sample.id) : undefined) ?? sample.path,
        external: travels ? undefined : true,
      }),
    ],
  );
  const warps = clip.warp ?? [];
  if (warps.length === 0) return audio;
  return element(
    'Warps',
    { id: ids.declare(`warps/${clip.id}`), timeUnit: 'beats', contentTimeUnit: 'seconds' },
    [
      audio,
      ...warps.map(({ ticks, seconds }) => element('Warp', { time: toBeats(ticks), contentTime: seconds })),
    ],
  );
}

function writeMarkers(project: Project, ids: IdTable): XmlOut | undefined {
  const markers = project.markers.filter(({ kind }) => kind !== 'time-signature');
  if (markers.length === 0) return undefined;
  return element(
    'Markers',
    { id: ids.declare('markers') },
    markers.map(({ ticks, name, colour }) =>
      element('Marker', { name, color: colour, time: toBeats(ticks) }),
    ),
  );
}

function writeTempo(project: Project, ids: IdTable): XmlOut | undefined {
  if (project.tempoMap.length < 2) return undefined;
  return element('TempoAutomation', { id: ids.declare('tempo-automation'), timeUnit: 'beats', unit: 'bpm' }, [
    element('Target', { parameter: ids.of('tempo') }),
    ...project.tempoMap.map(({ tick, bpm }) =>
      element('RealPoint', { time: toBeats(tick), value: bpm, interpolation: 'hold' }),
    ),
  ]);
}

function writeSignatures(project: Project, ids: IdTable): XmlOut | undefined {
  if (project.timeSignatures.length < 2) return undefined;
  return element('TimeSignatureAutomation', { id: ids.declare('signature-automation'), timeUnit: 'beats' }, [
    element('Target', { parameter: ids.of('time-signature') }),
    ...project.timeSignatures.map(({ tick, numerator, denominator }) =>
      element('TimeSignaturePoint', { time: toBeats(tick), numerator, denominator }),
    ),
  ]);
}

/** The track on whose lanes an automation belongs. */
function ownerOf(lane: AutomationLane, project: Project): string | undefined {
  const { trackId, channelId, kind } = lane.target;
  if (kind === 'tempo' || kind === 'time-signature') return undefined;
  if (trackId !== undefined && project.tracks.some(({ id }) => id === trackId)) return trackId;
  return project.tracks.find((track) => track.channelId === channelId && channelId !== undefined)?.id;
}

/** The XML id of what is automated; undefined where it was not written. */
function parameterIdOf(target: AutomationTarget, { project, ids }: StructureContext): string | undefined {
  const channel = project.mixer.find(({ id }) => id === target.channelId);
  if (channel === undefined) return undefined;
  const candidates: Partial<Record<AutomationTarget['kind'], string>> = {
    volume: `volume/${channel.id}`,
    pan: `pan/${channel.id}`,
    mute: `mute/${channel.id}`,
    send: `send-gain/${channel.id}/${target.parameterId ?? ''}`,
    device: `parameter/${target.deviceId ?? ''}/${target.parameterId ?? ''}`,
  };
  const ours = candidates[target.kind];
  return ours !== undefined && ids.has(ours) ? ids.of(ours) : undefined;
}

const POINT_UNITS: Readonly<Record<AutomationLane['unit'], string>> = {
  bpm: 'bpm',
  gain: 'linear',
  pan: 'normalized',
  normalized: 'normalized',
  midi: 'linear',
  raw: 'linear',
};

function writePoints(lane: AutomationLane, context: StructureContext): XmlOut {
  const isSwitch = lane.target.kind === 'mute';
  const isTime = automatedUnit(lane.target, context.project) === 'ms';
  const stored = (value: number): number => {
    if (isTime) return value / MS_A_SECOND;
    return lane.unit === 'pan' ? (value + 1) / 2 : value;
  };
  return element(
    'Points',
    {
      name: lane.name,
      id: context.ids.declare(`points/${lane.id}`),
      unit: isSwitch ? undefined : isTime ? 'seconds' : POINT_UNITS[lane.unit],
    },
    [
      element('Target', { parameter: parameterIdOf(lane.target, context) }),
      ...lane.points.map(({ ticks, value, curve }) =>
        isSwitch
          ? element('BoolPoint', { time: toBeats(ticks), value: value >= 0.5 })
          : element('RealPoint', {
              time: toBeats(ticks),
              value: stored(value),
              interpolation: curve === 'hold' ? 'hold' : 'linear',
            }),
      ),
    ],
  );
}

/** The unit of the device parameter that a lane moves. */
function automatedUnit(target: AutomationTarget, project: Project): string | undefined {
  const channel = project.mixer.find(({ id }) => id === target.channelId);
  return channel?.devices
    .find(({ id }) => id === target.deviceId)
    ?.parameters.find(({ id }) => id === target.parameterId)?.unit;
}
