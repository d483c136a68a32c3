import type { AutomationLane, AutomationPoint } from '../../core/project';
import type { LiveTarget, TargetTable } from './live-targets';
import { BEFORE_START_BEATS, TICKS_PER_BEAT } from './live-values';
import { child, descend, POINT_STRIDE, type XmlNode } from './xml-tree';

export interface LaneOwner {
  readonly trackId: string;
  readonly channelId: string;
  readonly name: string;
}

/** Breakpoints with the value before the start moved to tick 0; empty where nothing but that value is stored. */
export function toPoints(events: readonly number[] | undefined, holds: boolean): AutomationPoint[] {
  if (events === undefined || events.length <= POINT_STRIDE) return [];
  const points: AutomationPoint[] = [];
  for (let i = 0; i + POINT_STRIDE <= events.length; i += POINT_STRIDE) {
    const beats = events[i]!;
    const isBeforeStart = beats <= BEFORE_START_BEATS;
    // The initial value is a point of its own only where the first breakpoint comes later.
    if (isBeforeStart && events[i + POINT_STRIDE]! <= 0) continue;
    points.push({
      ticks: isBeforeStart ? 0 : beats * TICKS_PER_BEAT,
      value: events[i + 1]!,
      ...(isBeforeStart || holds
        ? { curve: 'hold' as const }
        : events[i + 2] === 1
          ? { curve: 'curved' as const }
          : {}),
    });
  }
  return points;
}

/** The lanes of a track: its envelopes (Live 10 on) and the breakpoints inside its parameters (Live 8, 9). */
export function readLanes(track: XmlNode, owner: LaneOwner, targets: TargetTable): AutomationLane[] {
  const lanes: AutomationLane[] = [];
  const add = (target: LiveTarget, events: readonly number[] | undefined): void => {
    const points = pointsFor(target, events, toPoints);
    const id = `${owner.trackId}-lane-${lanes.length + 1}`;
    if (points.length > 0) lanes.push({ ...laneOf(target, owner), id, scope: 'timeline', points });
  };
  for (const target of targets.values()) add(target, target.events);
  for (const { targetId, events } of envelopes(child(track, 'AutomationEnvelopes'))) {
    add(targets.get(targetId) ?? unknownTarget(targetId), events);
  }
  return lanes;
}

/** The curves inside a clip, in the time of its content. Their ids begin with `idPrefix`. */
export function readClipLanes(
  clip: XmlNode,
  idPrefix: string,
  owner: LaneOwner,
  targets: TargetTable,
): AutomationLane[] {
  return envelopes(child(clip, 'Envelopes')).flatMap(({ targetId, events }, i) => {
    const target = targets.get(targetId) ?? unknownTarget(targetId);
    const points = pointsFor(target, events, toClipPoints);
    const id = `${idPrefix}-lane-${i + 1}`;
    return points.length === 0 ? [] : [{ ...laneOf(target, owner), id, scope: 'clip' as const, points }];
  });
}

interface Envelope {
  readonly targetId: string;
  readonly events: readonly number[] | undefined;
}

function envelopes(list: XmlNode | undefined): Envelope[] {
  return (child(list, 'Envelopes')?.children ?? []).map((envelope) => ({
    targetId: descend(envelope, 'EnvelopeTarget', 'PointeeId')?.attributes.Value ?? '',
    events: descend(envelope, 'Automation', 'Events')?.events,
  }));
}

function pointsFor(
  target: LiveTarget,
  events: readonly number[] | undefined,
  read: typeof toPoints,
): AutomationPoint[] {
  const stored = read(events, target.kind === 'mute' || target.kind === 'time-signature');
  // Live stores whether a track is on; a lane of ours says whether it is muted.
  const isSwitched = target.kind === 'mute' && target.isModulation !== true;
  return isSwitched ? stored.map((point) => ({ ...point, value: 1 - point.value })) : stored;
}

/** A clip's envelope may hold one value for all of the clip. */
function toClipPoints(events: readonly number[] | undefined, holds: boolean): AutomationPoint[] {
  if (events?.length !== POINT_STRIDE) return toPoints(events, holds);
  return [{ ticks: Math.max(0, events[0]! * TICKS_PER_BEAT), value: events[1]!, curve: 'hold' }];
}

function laneOf(target: LiveTarget, owner: LaneOwner): Omit<AutomationLane, 'id' | 'scope' | 'points'> {
  const name = `${owner.name}: ${target.name}`;
  return {
    name,
    target: {
      kind: target.kind,
      name,
      trackId: owner.trackId,
      channelId: owner.channelId,
      ...(target.deviceId === undefined ? {} : { deviceId: target.deviceId }),
      ...(target.parameterId === undefined ? {} : { parameterId: target.parameterId }),
    },
    ...(target.isModulation === true ? { isModulation: true, unit: 'raw' } : { unit: target.unit }),
  };
}

function unknownTarget(id: string): LiveTarget {
  return { kind: 'unknown', unit: 'raw', name: `Parameter ${id}`, events: undefined };
}

/** The events that drive a parameter, wherever this version of Live keeps them. */
export function eventsFor(track: XmlNode, parameter: XmlNode | undefined): readonly number[] | undefined {
  const own = descend(parameter, 'ArrangerAutomation', 'Events')?.events;
  if (own !== undefined && own.length > 0) return own;
  const id = child(parameter, 'AutomationTarget')?.attributes.Id;
  const envelope = descend(track, 'AutomationEnvelopes', 'Envelopes')?.children.find(
    (candidate) => descend(candidate, 'EnvelopeTarget', 'PointeeId')?.attributes.Value === id,
  );
  return id === undefined ? undefined : descend(envelope, 'Automation', 'Events')?.events;
}
