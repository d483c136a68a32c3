import type {
  AutomationLane,
  DraftClip,
  MixerChannel,
  MixerSend,
  ProjectPattern,
  ProjectTrack,
  TrackKind,
} from '../../core/project';
import { readLanes } from './live-automation';
import { readArrangementClips, readSessionClips } from './live-clips';
import { readDevices } from './live-devices';
import type { SampleTable } from './live-samples';
import { TargetTable, type LiveTarget } from './live-targets';
import { decodeColour, nameOfNode } from './live-values';
import { child, descend, numberOf, parameterValue, textOf, type XmlNode } from './xml-tree';

export const MASTER_TAGS: ReadonlySet<string> = new Set(['MasterTrack', 'MainTrack']);

const KINDS: Readonly<Record<string, TrackKind>> = {
  MidiTrack: 'midi',
  AudioTrack: 'audio',
  GroupTrack: 'group',
  ReturnTrack: 'return',
  MasterTrack: 'master',
  MainTrack: 'master',
};

export interface LiveTrack {
  readonly track: ProjectTrack;
  readonly channel: MixerChannel;
  /** `AudioOut/Master`, `AudioOut/GroupTrack`, `AudioOut/Track.12/TrackIn`. */
  readonly outputTarget: string;
  readonly clips: readonly DraftClip[];
  readonly sessionClips: readonly { readonly clip: DraftClip; readonly sceneIndex: number }[];
  readonly lanes: readonly AutomationLane[];
}

export interface TrackContext {
  readonly samples: SampleTable;
  readonly patterns: ProjectPattern[];
  readonly nextId: () => number;
}

export function isTrack(node: XmlNode): boolean {
  return node.tag in KINDS;
}

function channelIdOf(liveId: string): string {
  return `channel-${liveId}`;
}

/** One track with all that hangs on it. Sends still name return tracks by index ("return-0"). */
export function readTrack(node: XmlNode, context: TrackContext): LiveTrack {
  const kind = KINDS[node.tag] ?? 'audio';
  const liveId = kind === 'master' ? 'master' : (node.attributes.Id ?? `n${context.nextId()}`);
  const trackId = `track-${liveId}`;
  const channelId = channelIdOf(liveId);
  const name = nameOfNode(node) ?? node.tag;
  const colour = decodeColour(numberOf(node, 'Color') ?? numberOf(node, 'ColorIndex'));
  const groupId = textOf(node, 'TrackGroupId');
  const mixer = child(trackChain(node), 'Mixer');
  const targets = new TargetTable(node);
  addStripTargets(mixer, targets);
  const scan = readDevices(deviceList(node), { idPrefix: trackId, samples: context.samples, targets });
  addSequencerTargets(node, targets);
  const owner = { trackId, channelId, name };
  const clipLanes: AutomationLane[] = [];
  const clipContext = { ...context, owner, targets, lanes: clipLanes };
  const clips = readArrangementClips(node, clipContext);
  const sessionClips = readSessionClips(node, clipContext);
  const muted = parameterValue(child(mixer, 'Speaker')) === 0;
  return {
    track: {
      id: trackId,
      name,
      kind,
      channelId,
      ...(colour === undefined ? {} : { colour }),
      ...(groupId === undefined || groupId === '-1' ? {} : { parentId: `track-${groupId}` }),
      ...(muted ? { muted } : {}),
    },
    channel: {
      id: channelId,
      name,
      kind: kind === 'group' || kind === 'return' || kind === 'master' ? kind : 'track',
      ...(colour === undefined ? {} : { colour }),
      gain: parameterValue(child(mixer, 'Volume')) ?? 1,
      pan: Math.min(1, Math.max(-1, parameterValue(child(mixer, 'Pan')) ?? 0)),
      muted,
      sends: readSends(mixer),
      devices: scan.devices,
      ...(scan.sampleId === undefined ? {} : { sampleId: scan.sampleId }),
    },
    outputTarget: textOf(child(trackChain(node), 'AudioOutputRouting'), 'Target') ?? '',
    clips,
    sessionClips,
    lanes: [...readLanes(node, owner, targets), ...clipLanes],
  };
}

/** What holds mixer and devices of a track; the master of Live 8 has a name of its own for it. */
export function trackChain(node: XmlNode | undefined): XmlNode | undefined {
  return child(node, 'DeviceChain') ?? child(node, 'MasterChain');
}

/** The chain inside the chain holds the devices; Live 8 and 9 wrote them one level higher on some tracks. */
function deviceList(node: XmlNode): XmlNode | undefined {
  const chain = trackChain(node);
  return descend(chain, 'DeviceChain', 'Devices') ?? child(chain, 'Devices');
}

function readSends(mixer: XmlNode | undefined): MixerSend[] {
  return (child(mixer, 'Sends')?.children ?? []).flatMap((holder, index) => {
    const gain = parameterValue(child(holder, 'Send'));
    if (gain === undefined) return [];
    return [{ targetId: `return-${index}`, gain, enabled: numberOf(holder, 'Active') !== 0 }];
  });
}

/** What can be automated on a track beside its devices: its strip and its sends. */
function addStripTargets(mixer: XmlNode | undefined, targets: TargetTable): void {
  const add = (parameter: XmlNode | undefined, target: Omit<LiveTarget, 'events'>): void => {
    if (parameter !== undefined) targets.addParameter(parameter, () => target);
  };
  add(child(mixer, 'Volume'), { kind: 'volume', unit: 'gain', name: 'Volume' });
  add(child(mixer, 'Pan'), { kind: 'pan', unit: 'pan', name: 'Pan' });
  add(child(mixer, 'Speaker'), { kind: 'mute', unit: 'raw', name: 'Mute' });
  add(child(mixer, 'Tempo'), { kind: 'tempo', unit: 'bpm', name: 'Tempo' });
  add(child(mixer, 'TimeSignature'), { kind: 'time-signature', unit: 'raw', name: 'Time signature' });
  (child(mixer, 'Sends')?.children ?? []).forEach((holder, index) => {
    const name = `Send ${String.fromCharCode(65 + index)}`;
    add(child(holder, 'Send'), { kind: 'send', unit: 'gain', name, parameterId: `return-${index}` });
  });
}

const FIRST_CONTROLLER = 2;

/** What only the clips of a track can move: MIDI messages, and how a sample is played. */
function addSequencerTargets(track: XmlNode, targets: TargetTable): void {
  const sequencer = descend(track, 'DeviceChain', 'MainSequencer');
  for (const { tag, attributes } of child(sequencer, 'MidiControllers')?.children ?? []) {
    const number = Number(/^ControllerTargets\.(\d+)$/.exec(tag)?.[1] ?? NaN);
    if (attributes.Id !== undefined && !Number.isNaN(number))
      targets.add(attributes.Id, messageTarget(number));
  }
  for (const { tag, attributes } of sequencer?.children ?? []) {
    if (attributes.Id !== undefined && tag.endsWith('ModulationTarget')) {
      targets.add(attributes.Id, playbackTarget(tag));
    }
  }
}

/** Target 0 is pitch bend (-8192..8191), 1 channel pressure, then the MIDI controllers from 0 on. */
function messageTarget(number: number): LiveTarget {
  const common = { unit: 'midi' as const, events: undefined };
  if (number === 0) return { kind: 'pitch', name: 'Pitch bend', unit: 'raw', events: undefined };
  if (number === 1) return { ...common, kind: 'unknown', name: 'Channel pressure' };
  const controller = number - FIRST_CONTROLLER;
  return { ...common, kind: 'controller', name: `Controller ${controller}`, parameterId: String(controller) };
}

/** "TranspositionModulationTarget": what a clip does to its own sample. */
function playbackTarget(tag: string): LiveTarget {
  const what = tag.replace(/ModulationTarget$/, '').replace(/([a-z])([A-Z])/g, '$1 $2');
  const isTransposition = what === 'Transposition';
  return {
    kind: isTransposition ? 'pitch' : 'unknown',
    name: `Clip ${what}`,
    unit: 'raw',
    events: undefined,
  };
}
