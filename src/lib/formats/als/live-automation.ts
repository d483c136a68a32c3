import type { AutomationLane, AutomationPoint, AutomationTarget } from '../../core/project';
import type { LiveTarget } from './live-devices';
import { BEFORE_START_BEATS, TICKS_PER_BEAT } from './live-values';
import { child, descend, POINT_STRIDE, type XmlNode } from './xml-tree';

/** A parameter of a track, resolved as far as a lane needs. */
export interface TrackTarget extends LiveTarget {
  readonly kind: AutomationTarget['kind'];
  readonly unit: AutomationLane['unit'];
}

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
export function readLanes(
  track: XmlNode,
  owner: LaneOwner,
  targets: ReadonlyMap<string, TrackTarget>,
): AutomationLane[] {
  const lanes: AutomationLane[] = [];
  const add = (target: TrackTarget, events: readonly number[] | undefined): void => {
    const holds = target.kind === 'mute' || target.kind === 'time-signature';
    const stored = toPoints(events, holds);
    // Live stores whether a track is on; a lane of ours says whether it is muted.
    const points =
      target.kind === 'mute' ? stored.map((point) => ({ ...point, value: 1 - point.value })) : stored;
    if (points.length === 0) return;
    lanes.push({
      id: `${owner.trackId}-lane-${lanes.length + 1}`,
      name: `${owner.name}: ${target.name}`,
      target: {
        kind: target.kind,
        name: `${owner.name}: ${target.name}`,
        trackId: owner.trackId,
        channelId: owner.channelId,
        ...(target.deviceId === undefined ? {} : { deviceId: target.deviceId }),
        ...(target.parameterId === undefined ? {} : { parameterId: target.parameterId }),
      },
      scope: 'timeline',
      unit: target.unit,
      points,
    });
  };
  for (const target of targets.values()) add(target, target.events);
  for (const envelope of descend(track, 'AutomationEnvelopes', 'Envelopes')?.children ?? []) {
    const id = descend(envelope, 'EnvelopeTarget', 'PointeeId')?.attributes.Value ?? '';
    const events = descend(envelope, 'Automation', 'Events')?.events;
    add(targets.get(id) ?? unknownTarget(id), events);
  }
  return lanes;
}

function unknownTarget(id: string): TrackTarget {
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
