import { TICKS_PER_QUARTER } from '../../core/notes';
import type {
  AutomationLane,
  DraftClip,
  DraftMarker,
  MarkerKind,
  MixerChannel,
  ProjectPattern,
  ProjectTrack,
  ProjectWarning,
  ReadResult,
  SampleRef,
} from '../../core/project';
import { emptyDraft, finishProject } from '../../core/project-draft';
import { barTicks, isUsableSignature } from '../../core/bars';
import type { TimeSignature, TimeSignatureChange } from '../../core/tempo-map';
import { groupBy } from '../../core/group-by';
import {
  channelId,
  isTempo,
  laneOf,
  patternLane,
  targetOf,
  tempoFromClips,
  type TargetNames,
  type TempoClip,
} from './automation';
import { Collector } from './collect';
import { readEvents } from './events';
import { channelPan, colourOf, gainOf } from './levels';
import { buildInserts, insertId, readMixerParameters } from './mixer';
import { stepNotes } from './notes';
import type { PlaylistItem } from './playlist';
import { readPluginState } from './plugin-state';
import { TEXT, type RawArrangement, type RawChannel, type RawMarker, type RawProject } from './raw-project';

const DEFAULT_PPQ = 96;
const DEFAULT_LEVEL = 10_000;
const CENTRE_PAN = 6_400;
const CHANNEL = { automation: 5 } as const;
const MARKER_KINDS: Readonly<Record<number, MarkerKind>> = {
  0: 'text',
  1: 'loop',
  4: 'loop',
  5: 'start',
  8: 'time-signature',
  9: 'punch-in',
  10: 'punch-out',
};
const TIME_SIGNATURE_MARKER = 8;
const DAYS_1899_TO_1970 = 25_569;
const MS_A_DAY = 86_400_000;

/**
 * Reads an FL Studio project (FL 8 to 25) or preset. `fileTitle` names it where it has no title of its own.
 * Throws FormatError where it is no FLP or holds no event at all.
 */
export function readFlp(bytes: Uint8Array, fileTitle: string): ReadResult {
  const file = readEvents(bytes);
  const warnings: ProjectWarning[] = [...file.warnings];
  const ppq = file.ticksPerQuarter > 0 ? file.ticksPerQuarter : DEFAULT_PPQ;
  if (file.ticksPerQuarter === 0) {
    warnings.push({ code: 'no-resolution', message: 'The file does not say its resolution; 96 is assumed.' });
  }
  const scale = TICKS_PER_QUARTER / ppq;
  const collector = new Collector(file, scale);
  return new FlpAssembler(collector.raw, scale).assemble(fileTitle, {
    warnings: [...warnings, ...collector.warnings],
    unknown: collector.unknownData,
  });
}

class FlpAssembler {
  readonly #raw: RawProject;
  readonly #scale: number;
  readonly #patterns = new Map<number, ProjectPattern>();
  readonly #samples = new Map<string, SampleRef>();
  readonly #lanes = new Map<number, AutomationLane>();
  readonly #patternLanes: AutomationLane[] = [];
  readonly #inserts: readonly MixerChannel[];

  constructor(raw: RawProject, scale: number) {
    this.#raw = raw;
    this.#scale = scale;
    const { parameters, mainVolume } =
      raw.mixerParameters === undefined
        ? { parameters: new Map(), mainVolume: undefined }
        : readMixerParameters(raw.mixerParameters, raw.majorVersion, raw.inserts.length);
    this.#inserts = buildInserts(raw.inserts, parameters, mainVolume);
  }

  assemble(
    fileTitle: string,
    found: Pick<Parameters<typeof finishProject>[0], 'warnings' | 'unknown'>,
  ): ReadResult {
    const raw = this.#raw;
    this.#buildPatterns();
    // Automation clips lie in the rack, too, but make no sound: their lanes stand for them.
    const rack = [...raw.channels.values()]
      .filter(({ type }) => type !== CHANNEL.automation)
      .map((channel) => this.#rackChannel(channel));
    this.#buildLanes();
    const current = raw.arrangements.find(({ id }) => id === raw.currentArrangement) ?? raw.arrangements[0];
    const clips = current === undefined ? [] : this.#clips(current, 'clip');
    const patterns = [...this.#patterns.values()].sort(
      (a, b) => Number(a.id.slice(8)) - Number(b.id.slice(8)),
    );
    const title = raw.texts.get(TEXT.title)?.trim() ?? '';
    return finishProject({
      ...emptyDraft('flp', title === '' ? fileTitle : title),
      ...found,
      formatVersion: raw.version,
      application: raw.version === '' ? 'FL Studio' : `FL Studio ${raw.version}`,
      ...this.#about(),
      statedBpm: this.#bpm(),
      tempo: tempoFromClips(this.#tempoClips(clips), this.#bpm()),
      timeSignatures: this.#timeSignatures(current),
      tracks: current === undefined ? [] : this.#tracks(current, 'track'),
      clips,
      otherArrangements: raw.arrangements
        .filter((arrangement) => arrangement !== current)
        .map((arrangement, i) => ({
          name: arrangement.name ?? `Arrangement ${i + 2}`,
          tracks: this.#tracks(arrangement, `arrangement:${i}:track`),
          clips: this.#clips(arrangement, `arrangement:${i}:clip`, `arrangement:${i}:track`),
          markers: draftMarkers(arrangement.markers),
        })),
      patterns,
      markers: draftMarkers(current?.markers ?? []),
      mixer: [...rack, ...this.#inserts],
      automation: [...this.#lanes.values(), ...this.#patternLanes],
      sampleRefs: [...this.#samples.values()],
    });
  }

  #bpm(): number {
    const { fineBpm, coarseBpm } = this.#raw;
    return fineBpm ?? coarseBpm ?? 140;
  }

  #about(): { artist?: string; genre?: string; comments?: string; createdAt?: string; workSeconds?: number } {
    const { texts, createdDays, workDays } = this.#raw;
    const artist = texts.get(TEXT.artists)?.trim();
    const genre = texts.get(TEXT.genre)?.trim();
    const comments = texts.get(TEXT.comments)?.trim();
    const created = new Date(((createdDays ?? NaN) - DAYS_1899_TO_1970) * MS_A_DAY);
    const isDate = Number.isFinite(created.getTime()) && created.getUTCFullYear() >= 1990;
    return {
      ...(artist === undefined || artist === '' ? {} : { artist }),
      ...(genre === undefined || genre === '' ? {} : { genre }),
      ...(comments === undefined || comments === '' ? {} : { comments }),
      ...(isDate && created.getUTCFullYear() < 2200 ? { createdAt: created.toISOString() } : {}),
      ...(workDays !== undefined && workDays >= 0 && workDays < 36_500
        ? { workSeconds: workDays * 86_400 }
        : {}),
    };
  }

  /** Before FL 12 event 18 counts the sixteenths of a beat, so 3 and 3 is a bar of nine sixteenths. */
  #signature(): TimeSignature {
    const { numerator, denominator, majorVersion } = this.#raw;
    if (majorVersion >= 12) return { numerator, denominator };
    const sixteenths = numerator * denominator;
    return sixteenths % 4 === 0
      ? { numerator: sixteenths / 4, denominator: 4 }
      : { numerator: sixteenths, denominator: 16 };
  }

  #buildPatterns(): void {
    const { patterns, steps } = this.#raw;
    const signature = this.#signature();
    const stepsByPattern = groupBy(steps, ({ pattern }) => pattern);
    const names = this.#targetNames();
    const bar = isUsableSignature(signature) ? barTicks(signature) : 4 * TICKS_PER_QUARTER;
    for (const pattern of patterns.values()) {
      const steps = stepNotes(stepsByPattern.get(pattern.id) ?? [], TICKS_PER_QUARTER / 4);
      const notes = [...pattern.notes, ...steps].sort(
        (a, b) => a.startTicks - b.startTicks || a.pitch - b.pitch,
      );
      const end = notes.reduce((last, note) => Math.max(last, note.startTicks + note.durationTicks), 0);
      const lengthTicks = pattern.lengthTicks > 0 ? pattern.lengthTicks : Math.ceil(end / bar - 1e-9) * bar;
      const own = pattern.markers.find(({ kind }) => kind === TIME_SIGNATURE_MARKER);
      const lanes = pattern.curves.map((curve, i) =>
        patternLane(`automation:pattern:${pattern.id}:${i}`, curve, targetOf(curve.control, names)),
      );
      this.#patternLanes.push(...lanes);
      this.#patterns.set(pattern.id, {
        id: `pattern:${pattern.id}`,
        name: pattern.name ?? `Pattern ${pattern.id}`,
        ...(pattern.colour === undefined ? {} : { colour: colourOf(pattern.colour) }),
        lengthTicks,
        ...(own === undefined
          ? {}
          : { timeSignature: { numerator: own.numerator, denominator: own.denominator } }),
        ...(lanes.length === 0 ? {} : { automationIds: lanes.map(({ id }) => id) }),
        notes,
      });
    }
  }

  #rackChannel(channel: RawChannel): MixerChannel {
    const sampleId = this.#sampleOf(channel);
    const state = readPluginState(channel.internalName, channel.state);
    const pluginName = state.pluginName ?? channel.internalName;
    const isInstrument = pluginName !== '';
    const output = channel.insert ?? 0;
    const groupName = channel.group === undefined ? undefined : this.#raw.groups[channel.group];
    return {
      id: channelId(channel.id),
      name: nameOf(channel, pluginName),
      kind: 'instrument',
      ...(channel.colour === undefined ? {} : { colour: colourOf(channel.colour) }),
      gain: gainOf(channel.volume ?? DEFAULT_LEVEL),
      pan: channelPan(channel.pan ?? CENTRE_PAN),
      muted: !channel.isEnabled,
      ...(output >= 0 && output < this.#inserts.length ? { outputId: insertId(output) } : {}),
      sends: [],
      devices: isInstrument
        ? [
            {
              id: `${channelId(channel.id)}:instrument`,
              name: nameOf(channel, pluginName),
              kind: 'instrument',
              pluginFormat: state.pluginFormat,
              pluginName,
              ...(state.vendor === undefined ? {} : { vendor: state.vendor }),
              enabled: channel.isEnabled,
              parameters: state.parameters,
              opaqueBytes: state.opaqueBytes,
            },
          ]
        : [],
      ...(sampleId === undefined ? {} : { sampleId }),
      ...(groupName === undefined || groupName === '' ? {} : { groupName }),
      ...(channel.rootNote === undefined || channel.rootNote > 127 ? {} : { rootPitch: channel.rootNote }),
    };
  }

  #sampleOf({ samplePath }: RawChannel): string | undefined {
    if (samplePath === undefined || samplePath === '') return undefined;
    const known = this.#samples.get(samplePath);
    if (known !== undefined) return known.id;
    const sample: SampleRef = {
      id: `sample:${this.#samples.size}`,
      path: samplePath,
      fileName: samplePath.split(/[\\/]/).at(-1) ?? samplePath,
    };
    this.#samples.set(samplePath, sample);
    return sample.id;
  }

  #targetNames(): TargetNames {
    const { channels, majorVersion } = this.#raw;
    return {
      majorVersion,
      channels: new Map(
        [...channels.values()].map((channel) => [channel.id, nameOf(channel, channel.internalName)]),
      ),
      inserts: this.#inserts,
    };
  }

  #buildLanes(): void {
    const { channels, controls } = this.#raw;
    const names = this.#targetNames();
    const byChannel = groupBy(controls, ({ channel }) => channel);
    for (const channel of channels.values()) {
      if (channel.points === undefined) continue;
      const mine = byChannel.get(channel.id) ?? [];
      // A curve may move several things; its tempo counts first, since it decides every second in the project.
      const targets = [...mine].sort((a, b) => Number(isTempo(b)) - Number(isTempo(a)));
      this.#lanes.set(
        channel.id,
        laneOf(
          `automation:${channel.id}`,
          nameOf(channel, `Automation ${channel.id}`),
          channel.points,
          targets.map((control) => targetOf(control, names)),
        ),
      );
    }
  }

  #clips(arrangement: RawArrangement, prefix: string, trackPrefix = 'track'): DraftClip[] {
    return arrangement.items.map((item, i) => ({
      ...this.#clip(item),
      id: `${prefix}:${i}`,
      trackId: `${trackPrefix}:${item.track}`,
    }));
  }

  #clip(item: PlaylistItem): Omit<DraftClip, 'id' | 'trackId'> {
    const startTicks = item.startTicks * this.#scale;
    const shared = {
      startTicks,
      endTicks: startTicks + item.lengthTicks * this.#scale,
      ...(item.isMuted ? { muted: true } : {}),
    };
    if (item.pattern !== undefined) {
      const pattern = this.#patterns.get(item.pattern);
      return {
        ...shared,
        kind: 'notes',
        name: pattern?.name ?? `Pattern ${item.pattern}`,
        ...(pattern?.colour === undefined ? {} : { colour: pattern.colour }),
        offsetTicks: (item.startOffsetTicks ?? 0) * this.#scale,
        ...(pattern === undefined ? {} : { patternId: pattern.id }),
      };
    }
    const channel = this.#raw.channels.get(item.channel ?? -1);
    const lane = this.#lanes.get(item.channel ?? -1);
    const name = channel === undefined ? `Channel ${item.channel}` : nameOf(channel, channel.internalName);
    if (lane !== undefined || channel?.type === CHANNEL.automation) {
      // Offsets of automation clips are beats.
      return {
        ...shared,
        kind: 'automation',
        name,
        offsetTicks: (item.startOffset ?? 0) * TICKS_PER_QUARTER,
        ...(lane === undefined ? {} : { automationId: lane.id }),
      };
    }
    const sampleId = channel === undefined ? undefined : this.#sampleOf(channel);
    return {
      ...shared,
      kind: 'audio',
      name,
      offsetTicks: 0,
      // Offsets of audio clips are milliseconds.
      ...(item.startOffset === undefined ? {} : { offsetSeconds: item.startOffset / 1000 }),
      ...(channel === undefined ? {} : { channelId: channelId(channel.id) }),
      ...(sampleId === undefined ? {} : { sampleId }),
    };
  }

  /** FL always has 500 tracks: those count that hold a clip or were named. */
  #tracks(arrangement: RawArrangement, prefix: string): ProjectTrack[] {
    const used = new Set(arrangement.items.map(({ track }) => track));
    for (const track of arrangement.tracks.values()) {
      if (track.name !== undefined && track.name !== '') used.add(track.index);
    }
    return [...used]
      .sort((a, b) => a - b)
      .map((index) => {
        const track = arrangement.tracks.get(index);
        const name = track?.name ?? '';
        return {
          id: `${prefix}:${index}`,
          name: name === '' ? `Track ${index + 1}` : name,
          kind: 'hybrid',
          ...(track === undefined ? {} : { colour: colourOf(track.colour) }),
          ...(track?.isEnabled === false ? { muted: true } : {}),
        };
      });
  }

  #tempoClips(clips: readonly DraftClip[]): TempoClip[] {
    return clips.flatMap(({ automationId, startTicks, endTicks, offsetTicks, muted }) => {
      const lane = [...this.#lanes.values()].find(({ id }) => id === automationId);
      if (lane?.target.kind !== 'tempo' || muted === true) return [];
      return [{ startTicks, endTicks, offsetTicks, points: lane.points }];
    });
  }

  #timeSignatures(arrangement: RawArrangement | undefined): TimeSignatureChange[] {
    const changes = (arrangement?.markers ?? [])
      .filter(({ kind }) => kind === TIME_SIGNATURE_MARKER)
      .map((marker) => ({
        tick: marker.ticks,
        numerator: marker.numerator,
        denominator: marker.denominator,
      }));
    return [{ tick: 0, ...this.#signature() }, ...changes];
  }
}

function nameOf(channel: RawChannel, fallback: string): string {
  if (channel.name !== undefined && channel.name !== '') return channel.name;
  return fallback === '' ? `Channel ${channel.id + 1}` : fallback;
}

function draftMarkers(markers: readonly RawMarker[]): DraftMarker[] {
  return markers.map(({ ticks, kind, name }) => ({ ticks, name, kind: MARKER_KINDS[kind] ?? 'other' }));
}
