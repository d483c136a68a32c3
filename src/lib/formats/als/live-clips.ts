import type { AutomationLane, DraftClip, ProjectNote, ProjectPattern } from '../../core/project';
import { readClipLanes, type LaneOwner } from './live-automation';
import type { SampleTable } from './live-samples';
import type { TargetTable } from './live-targets';
import { decodeColour, TICKS_PER_BEAT } from './live-values';
import { child, descend, NOTE_STRIDE, numberOf, textOf, type XmlNode } from './xml-tree';

export interface ClipContext {
  readonly owner: LaneOwner;
  readonly samples: SampleTable;
  readonly patterns: ProjectPattern[];
  /** What a clip of this track can automate, by the id in the file. */
  readonly targets: TargetTable;
  /** Curves found inside clips. */
  readonly lanes: AutomationLane[];
  /** Makes ids that are unique in the set. */
  readonly nextId: () => number;
}

/** The clips on the time line of a track. */
export function readArrangementClips(track: XmlNode, context: ClipContext): DraftClip[] {
  const sequencer = descend(track, 'DeviceChain', 'MainSequencer');
  const events = [
    descend(sequencer, 'ClipTimeable', 'ArrangerAutomation', 'Events'),
    descend(sequencer, 'Sample', 'ArrangerAutomation', 'Events'),
  ];
  return events.flatMap((list) => (list?.children ?? []).flatMap((clip) => readClip(clip, context) ?? []));
}

/** The clips in the launcher slots of a track, with the scene they belong to. */
export function readSessionClips(
  track: XmlNode,
  context: ClipContext,
): { readonly clip: DraftClip; readonly sceneIndex: number }[] {
  const slots = descend(track, 'DeviceChain', 'MainSequencer', 'ClipSlotList')?.children ?? [];
  return slots.flatMap((slot, sceneIndex) => {
    const node = descend(slot, 'ClipSlot', 'Value')?.children[0];
    const clip = node === undefined ? undefined : readClip(node, context);
    if (clip === undefined) return [];
    const lengthTicks =
      clip.loop === undefined ? clip.endTicks - clip.startTicks : clip.loop.endTicks - clip.loop.startTicks;
    return [{ clip: { ...clip, startTicks: 0, endTicks: lengthTicks }, sceneIndex }];
  });
}

function readClip(node: XmlNode, context: ClipContext): DraftClip | undefined {
  if (node.tag !== 'MidiClip' && node.tag !== 'AudioClip') return undefined;
  const number = context.nextId();
  const startBeats = numberOf(node, 'CurrentStart') ?? Number(node.attributes.Time ?? 0);
  const endBeats = numberOf(node, 'CurrentEnd') ?? startBeats;
  const colour = decodeColour(numberOf(node, 'Color') ?? numberOf(node, 'ColorIndex'));
  const common = {
    id: `clip-${number}`,
    trackId: context.owner.trackId,
    name: textOf(node, 'Name') ?? '',
    startTicks: startBeats * TICKS_PER_BEAT,
    endTicks: endBeats * TICKS_PER_BEAT,
    ...(colour === undefined ? {} : { colour }),
    ...(numberOf(node, 'Disabled') === 1 ? { muted: true } : {}),
  };
  const lanes = readClipLanes(node, common.id, context.owner, context.targets);
  context.lanes.push(...lanes);
  const curves = lanes.length === 0 ? {} : { automationIds: lanes.map(({ id }) => id) };
  return node.tag === 'MidiClip'
    ? midiClip(node, common, curves, context)
    : { ...audioClip(node, common, context), ...curves };
}

type CommonClip = Pick<DraftClip, 'id' | 'trackId' | 'name' | 'startTicks' | 'endTicks'>;

function loopOf(node: XmlNode): { startBeats: number; endBeats: number; offsetBeats: number; on: boolean } {
  const loop = child(node, 'Loop');
  const startBeats = numberOf(loop, 'LoopStart') ?? 0;
  return {
    startBeats,
    endBeats: numberOf(loop, 'LoopEnd') ?? startBeats,
    offsetBeats: startBeats + (numberOf(loop, 'StartRelative') ?? 0),
    on: numberOf(loop, 'LoopOn') === 1,
  };
}

function loopTicks(loop: ReturnType<typeof loopOf>): Pick<DraftClip, 'loop'> {
  if (!loop.on || loop.endBeats <= loop.startBeats) return {};
  return { loop: { startTicks: loop.startBeats * TICKS_PER_BEAT, endTicks: loop.endBeats * TICKS_PER_BEAT } };
}

function midiClip(
  node: XmlNode,
  common: CommonClip,
  curves: Pick<ProjectPattern, 'automationIds'>,
  context: ClipContext,
): DraftClip {
  const loop = loopOf(node);
  const notes = readNotes(node);
  const patternId = `pattern-${context.patterns.length + 1}`;
  const noteEndTicks = notes.reduce((end, note) => Math.max(end, note.startTicks + note.durationTicks), 0);
  context.patterns.push({
    id: patternId,
    name: common.name,
    lengthTicks: loop.endBeats > 0 ? loop.endBeats * TICKS_PER_BEAT : noteEndTicks,
    ...curves,
    notes,
  });
  return {
    ...common,
    kind: 'notes',
    offsetTicks: loop.offsetBeats * TICKS_PER_BEAT,
    ...loopTicks(loop),
    patternId,
  };
}

function readNotes(clip: XmlNode): ProjectNote[] {
  const notes: ProjectNote[] = [];
  for (const keyTrack of descend(clip, 'Notes', 'KeyTracks')?.children ?? []) {
    const pitch = numberOf(keyTrack, 'MidiKey');
    const events = child(keyTrack, 'Notes')?.events ?? [];
    if (pitch === undefined || pitch < 0 || pitch > 127) continue;
    for (let i = 0; i + NOTE_STRIDE <= events.length; i += NOTE_STRIDE) {
      const releaseVelocity = clamp01(events[i + 3]! / 127);
      notes.push({
        startTicks: events[i]! * TICKS_PER_BEAT,
        durationTicks: Math.max(0, events[i + 1]! * TICKS_PER_BEAT),
        pitch,
        velocity: clamp01(events[i + 2]! / 127),
        // Live's default, 64, is no decision.
        ...(events[i + 3] === 64 || events[i + 3] === 0 ? {} : { releaseVelocity }),
        ...(events[i + 4] === 0 ? { muted: true } : {}),
      });
    }
  }
  return notes.sort((a, b) => a.startTicks - b.startTicks || a.pitch - b.pitch);
}

function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function audioClip(node: XmlNode, common: CommonClip, context: ClipContext): DraftClip {
  const loop = loopOf(node);
  const isWarped = numberOf(node, 'IsWarped') === 1;
  const sampleId = context.samples.add(child(node, 'SampleRef'));
  const gain = numberOf(node, 'SampleVolume');
  const semitones = (numberOf(node, 'PitchCoarse') ?? 0) + (numberOf(node, 'PitchFine') ?? 0) / 100;
  const anchors = (child(node, 'WarpMarkers')?.children ?? []).flatMap(({ attributes }) => {
    const seconds = Number(attributes.SecTime);
    const beats = Number(attributes.BeatTime);
    return Number.isFinite(seconds) && Number.isFinite(beats)
      ? [{ seconds, ticks: beats * TICKS_PER_BEAT }]
      : [];
  });
  return {
    ...common,
    kind: 'audio',
    // A clip that is not warped counts its loop in seconds of the file.
    offsetTicks: isWarped ? loop.offsetBeats * TICKS_PER_BEAT : 0,
    ...(isWarped ? { ...loopTicks(loop), warp: anchors } : { offsetSeconds: loop.offsetBeats }),
    ...(sampleId === undefined ? {} : { sampleId }),
    ...(gain === undefined ? {} : { gain }),
    ...(semitones === 0 ? {} : { transposeSemitones: semitones }),
  };
}
