import type {
  Device,
  DraftClip,
  DraftMarker,
  MixerChannel,
  MixerSend,
  ProjectDraft,
  ProjectNote,
  ProjectPattern,
  ProjectTrack,
  SampleRef,
  TempoChange,
} from '../../core/project';
import { groupBy } from '../../core/group-by';
import { stepTempo } from '../../core/tempo-curve';
import type { TempoMap, TimeSignatureChange } from '../../core/tempo-map';
import type { AudioFile, LogicObjects, Sequence, StripObject } from './objects';
import { plugInParameters } from './plug-in-parameters';
import { u32At, type LogicEvent } from './records';

/** Logic counts 960 ticks a quarter, as we do; bar 1 lies here for tempo, markers and notes… */
const ORIGIN_TICKS = 38_400;
/** …and here for regions. */
const REGION_ORIGIN_TICKS = 34_560;

const STATUS = {
  marker: 0x12,
  midiRegion: 0x20,
  audioRegion: 0x24,
  signature: 0x30,
  tempo: 0x60,
  note: 0x90,
} as const;

/** Whether events of a region or folder with this status are read. */
export function isReadStatus(status: number): boolean {
  return status === STATUS.midiRegion || status === STATUS.audioRegion || (status & 0xf0) === STATUS.note;
}

/** The main folder, the one with the tracks of the song. */
const ROOT_FOLDER_ID = 4;
const ORDINARY_TRACK = 1;
const MAX_TICKS = 2 ** 30;

type Found = Pick<
  ProjectDraft,
  'tempo' | 'timeSignatures' | 'tracks' | 'clips' | 'patterns' | 'markers' | 'mixer' | 'sampleRefs'
>;

/** The song as Logic's objects describe it. */
export function songOf(objects: LogicObjects): Found {
  const tempo = readTempo(objects.tempoEvents);
  const root = rootFolder(objects);
  const { tracks, trackByIndex } = readTracks(objects, root);
  const sampleRefs = [...objects.files.values()].map(toSampleRef);
  const reader = new RegionReader(objects, { map: stepTempo(tempo), trackByIndex });
  const clips = (root?.events ?? []).flatMap((event) => reader.read(event) ?? []);
  return {
    tempo,
    timeSignatures: readSignatures(objects.signatureEvents),
    tracks,
    clips,
    patterns: reader.patterns,
    markers: readMarkers(objects),
    mixer: readMixer(objects),
    sampleRefs,
  };
}

function rootFolder({ sequences }: LogicObjects): Sequence | undefined {
  const usual = sequences.get(ROOT_FOLDER_ID);
  if (usual !== undefined && usual.tracks.length > 0) return usual;
  return [...sequences.values()].sort((a, b) => b.tracks.length - a.tracks.length)[0];
}

function readTempo(events: readonly LogicEvent[]): TempoChange[] {
  return events.flatMap(({ status, data }) => {
    const position = u32At(data, 4);
    const value = u32At(data, 0x10);
    if (status !== STATUS.tempo || position === undefined || value === undefined) return [];
    return [{ tick: Math.max(0, position - ORIGIN_TICKS), bpm: value / 10_000 }];
  });
}

function readSignatures(events: readonly LogicEvent[]): TimeSignatureChange[] {
  return events.flatMap(({ status, data }) => {
    if (status !== STATUS.signature || data.byteLength < 16) return [];
    const tick = Math.max(0, (u32At(data, 4) ?? 0) - ORIGIN_TICKS);
    return [{ tick, numerator: data.getUint8(12), denominator: 2 ** (data.getUint8(11) & 0x0f) }];
  });
}

/** Markers with their texts. A marker names its text's object somewhere behind its position; without that the order counts. */
function readMarkers({ markerEvents, texts }: LogicObjects): DraftMarker[] {
  const events = markerEvents.filter(({ status, data }) => status === STATUS.marker && data.byteLength >= 16);
  const names = textIdOffset(events, texts);
  const inOrder = [...texts].sort(([a], [b]) => a - b).map(([, text]) => text);
  return events.flatMap(({ data }, i) => {
    const ticks = (u32At(data, 4) ?? 0) - ORIGIN_TICKS;
    if (ticks < 0 || ticks > MAX_TICKS) return [];
    const name =
      names !== undefined
        ? texts.get(u32At(data, names) ?? -1)
        : inOrder.length === events.length
          ? inOrder[i]
          : undefined;
    return [{ ticks, name: name || `Marker ${i + 1}`, kind: 'text' as const }];
  });
}

/** Where in every marker the number of a text of its own stands; undefined where no place fits all of them. */
function textIdOffset(events: readonly LogicEvent[], texts: ReadonlyMap<number, string>): number | undefined {
  const shortest = events.reduce((length, { data }) => Math.min(length, data.byteLength), 256);
  for (let at = 8; at + 4 <= shortest; at += 4) {
    const ids = new Set(events.map(({ data }) => u32At(data, at)));
    if (ids.size === events.length && [...ids].every((id) => id !== undefined && texts.has(id))) return at;
  }
  return undefined;
}

function channelId(objectId: number): string {
  return `channel-${objectId}`;
}

function readTracks(
  { stripObjects, strips }: LogicObjects,
  root: Sequence | undefined,
): { tracks: ProjectTrack[]; trackByIndex: Map<number, string> } {
  const tracks: ProjectTrack[] = [];
  const trackByIndex = new Map<number, string>();
  for (const track of root?.tracks ?? []) {
    const object = stripObjects.get(track.objectId);
    const kind = strips.get(object?.stripIndex ?? -1)?.kind;
    const isMaster = kind === 'output' || kind === 'output-pair' || kind === 'master';
    if (track.type !== ORDINARY_TRACK && !isMaster) continue;
    const id = `track-${track.index}`;
    trackByIndex.set(track.index, id);
    tracks.push({
      id,
      name: object?.name || `Track ${track.index + 1}`,
      kind: isMaster
        ? 'master'
        : kind === 'audio'
          ? 'audio'
          : kind === 'aux' || kind === 'bus'
            ? 'return'
            : 'midi',
      ...(object === undefined ? {} : { channelId: channelId(object.id) }),
    });
  }
  return { tracks, trackByIndex };
}

/** Strips nobody placed: the ones Logic keeps for itself. */
const INTERNAL = /^(Preview|Prelisten|Click|Klopfgeist)$/i;

function readMixer(objects: LogicObjects): MixerChannel[] {
  const shown = [...objects.stripObjects.values()].filter(({ name }) => !INTERNAL.test(name));
  const master = shown.find((object) => kindOf(object, objects) === 'master');
  const plugIns = groupBy(objects.plugIns, ({ stripIndex }) => stripIndex);
  const sends = groupBy(objects.sends, ({ stripIndex }) => stripIndex);
  const targetOf = sendTargets(objects);
  return shown.map((object) => {
    const strip = objects.strips.get(object.stripIndex ?? -1);
    const kind = kindOf(object, objects);
    return {
      id: channelId(object.id),
      name: object.name,
      kind,
      gain: faderGain(strip?.fader ?? UNITY_FADER),
      pan: Math.min(1, Math.max(-1, ((strip?.pan ?? PAN_CENTRE) - PAN_CENTRE) / 63)),
      muted: false,
      ...(kind === 'master' || master === undefined ? {} : { outputId: channelId(master.id) }),
      sends: readSends(sends.get(object.stripIndex ?? -1) ?? [], targetOf),
      devices: readDevices(object, plugIns.get(object.stripIndex ?? -1) ?? [], objects),
    };
  });
}

/** Sends lead to buses; what listens to a bus is its aux strip, else the bus stands for itself. */
function sendTargets(objects: LogicObjects): (destination: number) => StripObject | undefined {
  const strips = [...objects.strips.values()].sort((a, b) => a.index - b.index);
  const inputs = strips.filter(({ kind }) => kind === 'input').length;
  const outputs = strips.filter(({ kind }) => kind === 'output').length;
  const buses = strips.filter(({ kind }) => kind === 'bus');
  const listeners = groupBy(
    strips.filter(({ input }) => input !== undefined),
    ({ input }) => (input ?? 0) - inputs,
  );
  const objectOf = new Map([...objects.stripObjects.values()].map((object) => [object.stripIndex, object]));
  return (destination) => {
    const bus = destination - outputs;
    if (bus < 0) return undefined;
    const aux = listeners.get(bus)?.[0];
    return (aux && objectOf.get(aux.index)) ?? (buses[bus] && objectOf.get(buses[bus].index));
  };
}

function readSends(
  sends: LogicObjects['sends'],
  targetOf: (destination: number) => StripObject | undefined,
): MixerSend[] {
  return [...sends]
    .sort((a, b) => a.slot - b.slot)
    .flatMap(({ destination, level }) => {
      const target = level > 0 ? targetOf(destination) : undefined;
      return target === undefined ? [] : [{ targetId: channelId(target.id), gain: faderGain(level) }];
    });
}

const UNITY_FADER = 90;
const PAN_CENTRE = 64;

/**
 * Logic does not publish its fader taper. This one passes through the points that are known: 0 is silence, 90 is 0 dB and
 * 127 is +6 dB.
 */
function faderGain(fader: number): number {
  return Math.min(4, (fader / UNITY_FADER) ** 2);
}

function kindOf(object: StripObject, { strips }: LogicObjects): MixerChannel['kind'] {
  switch (strips.get(object.stripIndex ?? -1)?.kind) {
    case 'output':
    case 'output-pair':
    case 'master':
      return 'master';
    case 'bus':
    case 'aux':
    case 'input':
    case 'input-pair':
      return 'return';
    default:
      return 'track';
  }
}

/** Logic's own plug-ins carry the maker's old names. */
const OWN_MAKERS = new Set(['EMAG', 'CLEM', 'appl']);

function readDevices(
  object: StripObject,
  plugIns: LogicObjects['plugIns'],
  { strips }: LogicObjects,
): Device[] {
  const isInstrument = strips.get(object.stripIndex ?? -1)?.kind === 'instrument';
  return [...plugIns]
    .sort((a, b) => a.slot - b.slot)
    .map((plugIn, i) => ({
      id: `${channelId(object.id)}-device-${i + 1}`,
      name: plugIn.name,
      kind: isInstrument && plugIn.slot === 0 ? 'instrument' : 'effect',
      pluginFormat: OWN_MAKERS.has(plugIn.manufacturer) ? 'native' : 'au',
      pluginName: plugIn.name,
      ...(OWN_MAKERS.has(plugIn.manufacturer) ? { vendor: 'Apple' } : {}),
      ...(plugIn.presetName === '' ? {} : { presetName: plugIn.presetName }),
      enabled: true,
      parameters: plugInParameters(plugIn.name, plugIn.values),
      opaqueBytes: plugIn.opaqueBytes,
    }));
}

function sampleId(fileId: number): string {
  return `sample-${fileId}`;
}

function toSampleRef(file: AudioFile): SampleRef {
  return {
    id: sampleId(file.id),
    path: file.folder === '' ? file.name : `${file.folder.replace(/\/$/, '')}/${file.name}`,
    fileName: file.name,
    ...(file.sampleRateHz === undefined ? {} : { sampleRateHz: file.sampleRateHz }),
  };
}

class RegionReader {
  readonly patterns: ProjectPattern[] = [];
  readonly #objects: LogicObjects;
  readonly #map: TempoMap;
  readonly #trackByIndex: ReadonlyMap<number, string>;
  #count = 0;

  constructor(
    objects: LogicObjects,
    options: { readonly map: TempoMap; readonly trackByIndex: ReadonlyMap<number, string> },
  ) {
    this.#objects = objects;
    this.#map = options.map;
    this.#trackByIndex = options.trackByIndex;
  }

  read(event: LogicEvent): DraftClip | undefined {
    const { status, data } = event;
    const position = u32At(data, 4);
    const track = u32At(data, 0x14);
    if ((status !== STATUS.midiRegion && status !== STATUS.audioRegion) || position === undefined)
      return undefined;
    if (track === undefined || position > MAX_TICKS) return undefined;
    // Counted from one; the byte above marks a continuation row.
    const trackId = this.#trackByIndex.get((track & 0x00ff_ffff) - 1);
    if (trackId === undefined) return undefined;
    // 16 bits below the tick: audio is placed more finely than notes.
    const fraction = data.getUint16(2, true) / 65_536;
    const startTicks = position + fraction - REGION_ORIGIN_TICKS;
    return status === STATUS.midiRegion
      ? this.#sequenceClip(data, trackId, position - REGION_ORIGIN_TICKS)
      : this.#audioClip(data, trackId, startTicks);
  }

  #sequenceClip(data: DataView, trackId: string, startTicks: number): DraftClip | undefined {
    const sequence = this.#objects.sequences.get(u32At(data, 0x20) ?? -1);
    if (sequence === undefined) return undefined;
    const take = sequence.events.find(({ status }) => status === STATUS.audioRegion);
    if (take !== undefined) return this.#takeFolder(sequence, take, trackId, startTicks);
    const notes = readNotes(sequence);
    const contentEnd = notes.reduce((end, note) => Math.max(end, note.startTicks + note.durationTicks), 0);
    const lengthTicks = sequence.lengthTicks ?? contentEnd;
    const patternId = `pattern-${this.patterns.length + 1}`;
    this.patterns.push({ id: patternId, name: sequence.name, lengthTicks, notes });
    return {
      id: `clip-${++this.#count}`,
      trackId,
      kind: 'notes',
      name: sequence.name,
      startTicks,
      endTicks: startTicks + lengthTicks,
      offsetTicks: 0,
      patternId,
    };
  }

  /** Several recordings of one passage, folded into one region: it is as long as the take that plays. */
  #takeFolder(
    sequence: Sequence,
    take: LogicEvent,
    trackId: string,
    startTicks: number,
  ): DraftClip | undefined {
    const clip = this.#audioClip(take.data, trackId, startTicks);
    if (clip === undefined) return undefined;
    const { lengthTicks } = sequence;
    return {
      ...clip,
      name: sequence.name || clip.name,
      ...(lengthTicks === undefined ? {} : { endTicks: startTicks + lengthTicks }),
    };
  }

  #audioClip(data: DataView, trackId: string, startTicks: number): DraftClip | undefined {
    const regionIndex = u32At(data, 0x28);
    const fileId = u32At(data, 0x2c);
    if (regionIndex === undefined || fileId === undefined) return undefined;
    const file = this.#objects.files.get(fileId);
    const region = this.#objects.regions.get(`${fileId}/${regionIndex}`);
    const rate = file?.sampleRateHz ?? 44_100;
    const seconds = (region?.lengthSamples ?? file?.lengthSamples ?? 0) / rate;
    const startSeconds = this.#map.ticksToSeconds(startTicks);
    return {
      id: `clip-${++this.#count}`,
      trackId,
      kind: 'audio',
      name: region?.name || file?.name || 'Audio',
      startTicks,
      endTicks: this.#map.secondsToTicks(startSeconds + seconds),
      offsetTicks: 0,
      offsetSeconds: (region?.startSamples ?? 0) / rate,
      ...(file === undefined ? {} : { sampleId: sampleId(file.id) }),
    };
  }
}

function readNotes(sequence: Sequence): ProjectNote[] {
  return sequence.events
    .flatMap(({ status, data }) => {
      const position = u32At(data, 4);
      const durationTicks = u32At(data, 0x1c);
      if ((status & 0xf0) !== STATUS.note || position === undefined || durationTicks === undefined) return [];
      const startTicks = position - ORIGIN_TICKS;
      const pitch = data.getUint8(0x0c);
      const velocity = data.getUint8(0x0b);
      if (pitch > 127 || velocity > 127 || durationTicks > MAX_TICKS || startTicks > MAX_TICKS) return [];
      const midiChannel = status & 0x0f;
      return [
        {
          startTicks,
          durationTicks,
          pitch,
          velocity: velocity / 127,
          ...(midiChannel === 0 ? {} : { midiChannel }),
        },
      ];
    })
    .sort((a, b) => a.startTicks - b.startTicks || a.pitch - b.pitch);
}
