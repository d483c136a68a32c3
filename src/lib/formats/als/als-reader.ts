import { FormatError } from '../../core/errors';
import type {
  AutomationLane,
  DraftMarker,
  MixerChannel,
  ProjectDraft,
  ProjectPattern,
  ProjectWarning,
  ReadResult,
  TempoChange,
} from '../../core/project';
import { emptyDraft, finishProject } from '../../core/project-draft';
import { sectionsFromMarkers } from '../../core/sections';
import type { TimeSignatureChange } from '../../core/tempo-map';
import { peek, stem, type FormatReader, type InputFile } from '../reader';
import { eventsFor, toPoints } from './live-automation';
import { SampleTable } from './live-samples';
import { isTrack, MASTER_TAGS, readTrack, trackChain, type LiveTrack } from './live-tracks';
import { decodeScale, decodeTimeSignature, TICKS_PER_BEAT } from './live-values';
import { streamText, type TextStreamEnd } from './text-stream';
import { child, createTreeParser, descend, numberOf, parameterValue, textOf, type XmlNode } from './xml-tree';

/** Ableton Live sets (.als): gzipped XML, read as a stream; see docs/formats/als.md. */
export const alsReader: FormatReader = {
  format: 'als',
  async claim(files) {
    for (const file of files) if (await isLiveSet(file)) return [file];
    return [];
  },
  read: ([file]) => {
    if (file === undefined) throw new FormatError(0, 'an Ableton Live set', 'no file');
    return readLiveSet(file);
  },
};

const GZIP_MAGIC = [0x1f, 0x8b];

async function isLiveSet(file: InputFile): Promise<boolean> {
  const head = await peek(file, 2);
  const isGzip = head[0] === GZIP_MAGIC[0] && head[1] === GZIP_MAGIC[1];
  if (!isGzip && head[0] !== 0x3c && head[0] !== 0xef) return false;
  let text = '';
  await streamText(file.blob.slice(0, 65_536), isGzip, (chunk) => {
    text += chunk;
    return text.length < 1024;
  });
  return /<Ableton[\s>]/.test(text.slice(0, 1024));
}

interface LiveSet {
  root: XmlNode | undefined;
  readonly tracks: LiveTrack[];
  master: XmlNode | undefined;
  masterTrack: LiveTrack | undefined;
  readonly others: Map<string, XmlNode>;
}

async function readLiveSet(file: InputFile): Promise<ReadResult> {
  const head = await peek(file, 2);
  const samples = new SampleTable();
  const patterns: ProjectPattern[] = [];
  let counter = 0;
  const context = { samples, patterns, nextId: () => ++counter };
  const set: LiveSet = {
    root: undefined,
    tracks: [],
    master: undefined,
    masterTrack: undefined,
    others: new Map(),
  };
  const parser = createTreeParser({
    wantedParents: new Set(['Tracks']),
    wanted: new Set(['MasterTrack', 'MainTrack', 'Locators', 'ScaleInformation', 'Scenes', 'Annotation']),
    onRoot: (node) => {
      set.root = node;
    },
    onElement: (node) => {
      if (MASTER_TAGS.has(node.tag)) {
        set.master = node;
        set.masterTrack = readTrack(node, context);
      } else if (isTrack(node)) set.tracks.push(readTrack(node, context));
      else if (!set.others.has(node.tag)) set.others.set(node.tag, node);
    },
  });
  const end = await streamText(file.blob, head[0] === GZIP_MAGIC[0], (chunk) => {
    parser.write(chunk);
    return true;
  });
  parser.end();
  if (set.root?.tag !== 'Ableton') {
    throw new FormatError(
      0,
      'an <Ableton> document',
      set.root === undefined ? 'no XML' : `<${set.root.tag}>`,
    );
  }
  const warnings = streamWarnings(end, parser.errorCount);
  const unknown =
    parser.skippedElements === 0
      ? []
      : [{ what: 'view state and frozen copies', count: parser.skippedElements, bytes: 0 }];
  return finishProject({ ...toDraft(set, file, samples, patterns), warnings, unknown });
}

function streamWarnings(end: TextStreamEnd, errorCount: number): ProjectWarning[] {
  const warnings: ProjectWarning[] = [];
  if (end === 'truncated') {
    warnings.push({
      code: 'truncated',
      message: 'The file is cut short; what comes before the cut was read.',
    });
  }
  if (end === 'too-large') {
    warnings.push({
      code: 'too-large',
      message: 'The file unpacks to far more than a Live set holds; the rest was left out.',
    });
  }
  if (errorCount > 0) {
    warnings.push({
      code: 'broken-xml',
      message: 'Some of the XML in this set is damaged.',
      count: errorCount,
    });
  }
  return warnings;
}

function toDraft(
  set: LiveSet,
  file: InputFile,
  samples: SampleTable,
  patterns: readonly ProjectPattern[],
): ProjectDraft {
  const creator = set.root?.attributes.Creator ?? '';
  const all = [...set.tracks, ...(set.masterTrack === undefined ? [] : [set.masterTrack])];
  const markers = readLocators(set.others.get('Locators'));
  const clips = set.tracks.flatMap((track) => track.clips);
  const endTicks = clips.reduce((end, clip) => Math.max(end, clip.endTicks), 0);
  const scale = set.others.get('ScaleInformation');
  const key = decodeScale(numberOf(scale, 'Root') ?? numberOf(scale, 'RootNote'), textOf(scale, 'Name'));
  const annotation = set.others.get('Annotation')?.attributes.Value ?? '';
  return {
    ...emptyDraft('als', stem(file.path)),
    formatVersion: creator.replace(/^Ableton Live\s*/, '') || (set.root?.attributes.MinorVersion ?? ''),
    ...(creator === '' ? {} : { application: creator }),
    ...(annotation === '' ? {} : { comments: annotation }),
    ...(key === undefined ? {} : { key }),
    ...statedTempo(set.master),
    tempo: readTempo(set.master),
    timeSignatures: readTimeSignatures(set.master),
    tracks: all.map(({ track }) => track),
    clips,
    sessionClips: set.tracks.flatMap((track) => track.sessionClips),
    patterns,
    markers,
    sections: sectionsFromMarkers(markers, Math.max(endTicks, markers.at(-1)?.ticks ?? 0), 'locator'),
    mixer: connectChannels(all),
    automation: connectLanes(all),
    sampleRefs: samples.refs,
  };
}

function tempoParameter(master: XmlNode | undefined): XmlNode | undefined {
  return descend(trackChain(master), 'Mixer', 'Tempo');
}

/** What the tempo field shows, automated or not. */
function statedTempo(master: XmlNode | undefined): { statedBpm?: number } {
  const bpm = parameterValue(tempoParameter(master));
  return bpm === undefined || !(bpm > 0) ? {} : { statedBpm: bpm };
}

function readTempo(master: XmlNode | undefined): TempoChange[] {
  const tempo = tempoParameter(master);
  const bpm = parameterValue(tempo);
  const events = master === undefined ? undefined : eventsFor(master, tempo);
  const points = toPoints(events, false).filter(({ value }) => value > 0);
  if (points.length === 0) {
    // A single event holds the tempo that is heard; Manual is what the field shows.
    const only = events?.[1];
    const heard = only !== undefined && only > 0 ? only : bpm;
    return heard === undefined ? [] : [{ tick: 0, bpm: heard }];
  }
  return points.map(({ ticks, value, curve }) => ({
    tick: Math.max(0, ticks),
    bpm: value,
    curve: curve === 'hold' ? 'hold' : 'linear',
  }));
}

function readTimeSignatures(master: XmlNode | undefined): TimeSignatureChange[] {
  const parameter = descend(trackChain(master), 'Mixer', 'TimeSignature');
  const events = master === undefined ? undefined : eventsFor(master, parameter);
  const points = toPoints(events, true);
  if (points.length > 0) {
    return points.map(({ ticks, value }) => ({ tick: Math.max(0, ticks), ...decodeTimeSignature(value) }));
  }
  const value = events?.[1] ?? parameterValue(parameter);
  return value === undefined ? [] : [{ tick: 0, ...decodeTimeSignature(value) }];
}

/** Sorted by time: the file keeps them in the order of their making. */
function readLocators(locators: XmlNode | undefined): DraftMarker[] {
  const list = child(locators, 'Locators')?.children ?? [];
  return list
    .filter(({ tag }) => tag === 'Locator')
    .map((locator) => ({
      ticks: (numberOf(locator, 'Time') ?? 0) * TICKS_PER_BEAT,
      name: textOf(locator, 'Name') ?? '',
      kind: 'cue' as const,
    }))
    .sort((a, b) => a.ticks - b.ticks);
}

/** Outputs and sends name tracks by role or index; here they become channel ids. */
function connectChannels(tracks: readonly LiveTrack[]): MixerChannel[] {
  const returns = tracks.filter(({ track }) => track.kind === 'return').map(({ channel }) => channel.id);
  const byTrackId = new Map(tracks.map(({ track, channel }) => [track.id, channel.id]));
  const masterId = tracks.find(({ track }) => track.kind === 'master')?.channel.id;
  return tracks.map(({ track, channel, outputTarget }) => {
    const numbered = /Track\.(\d+)/.exec(outputTarget)?.[1];
    const outputId = outputTarget.includes('GroupTrack')
      ? byTrackId.get(track.parentId ?? '')
      : numbered === undefined
        ? masterId
        : (byTrackId.get(`track-${numbered}`) ?? masterId);
    return {
      ...channel,
      ...(track.kind === 'master' || outputId === undefined ? {} : { outputId }),
      sends: channel.sends.flatMap((send) => {
        const target = returns[Number(send.targetId.slice('return-'.length))];
        return target === undefined ? [] : [{ ...send, targetId: target }];
      }),
    };
  });
}

function connectLanes(tracks: readonly LiveTrack[]): AutomationLane[] {
  const returns = tracks.filter(({ track }) => track.kind === 'return').map(({ channel }) => channel.id);
  return tracks
    .flatMap(({ lanes }) => lanes)
    .map((lane) => {
      const index = /^return-(\d+)$/.exec(lane.target.parameterId ?? '')?.[1];
      const target = index === undefined ? undefined : returns[Number(index)];
      return target === undefined ? lane : { ...lane, target: { ...lane.target, parameterId: target } };
    });
}
