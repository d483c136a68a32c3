import { straighten } from '../../core/automation-curve';
import { TICKS_PER_QUARTER } from '../../core/notes';
import type {
  AutomationLane,
  AutomationPoint,
  AutomationTarget,
  MixerChannel,
  TempoChange,
} from '../../core/project';
import { insertAddress, insertId, slotId } from './mixer';
import type { Payload } from './payload';

/** A point of an automation clip: beats from the clip's start, value 0-1, and how the line comes to it. */
export interface RawPoint {
  readonly beats: number;
  readonly value: number;
  readonly tension: number;
  readonly mode: number;
}

/** Event 227: what an automation channel moves. */
export interface Control {
  readonly channel: number;
  readonly parameter: number;
  readonly destination: number;
}

const COUNT_AT = 17;
const POINTS_AT = 21;
const POINT_SIZE = 24;
const MODE_HOLD = 2;
/** Modes 0 and 1 bend once and twice; stairs, pulses and waves are not drawn. */
const SHAPES: Readonly<Record<number, Pick<AutomationPoint, 'shape'>>> = { 0: {}, 1: { shape: 'double' } };
const OTHER_SHAPE: Pick<AutomationPoint, 'shape'> = { shape: 'other' };
const PROJECT = 0x4000;
const TEMPO = 5;

/** Event 234. Points a damaged file makes impossible end the list. */
export function readPoints(payload: Payload): RawPoint[] {
  const fits = Math.max(0, Math.floor((payload.size - POINTS_AT) / POINT_SIZE));
  const count = Math.min(payload.u32(COUNT_AT), fits);
  const points: RawPoint[] = [];
  let beats = 0;
  for (let i = 0; i < count; i++) {
    const at = POINTS_AT + i * POINT_SIZE;
    beats += payload.f64(at);
    const value = payload.f64(at + 8);
    if (!Number.isFinite(beats) || !Number.isFinite(value)) break;
    const tension = payload.f32(at + 16);
    points.push({
      beats,
      value,
      tension: Number.isFinite(tension) ? tension : 0,
      mode: payload.u8(at + 20),
    });
  }
  return points;
}

/** Kind 0 only: the others bind peak and MIDI controllers, which have no curve. */
export function readControl(payload: Payload): Control | undefined {
  if (payload.size < 12 || payload.u16(0) !== 0) return undefined;
  return { channel: payload.u16(2), parameter: payload.u16(8), destination: payload.u16(10) };
}

/** What the controller events of a pattern move, and how. */
export interface PatternCurve {
  readonly control: Omit<Control, 'channel'>;
  readonly points: readonly AutomationPoint[];
}

const EVENT_SIZE = 12;

/** Event 223: u32 position, u16 parameter, u16 destination, i32 value in the parameter's own range; each holds on. */
export function readPatternCurves(payload: Payload, scale: number): PatternCurve[] {
  const curves = new Map<number, { control: Omit<Control, 'channel'>; points: AutomationPoint[] }>();
  for (let at = 0; at + EVENT_SIZE <= payload.size; at += EVENT_SIZE) {
    const parameter = payload.u16(at + 4);
    const destination = payload.u16(at + 6);
    const key = parameter * 65_536 + destination;
    let curve = curves.get(key);
    if (curve === undefined) curves.set(key, (curve = { control: { parameter, destination }, points: [] }));
    curve.points.push({ ticks: payload.u32(at) * scale, value: payload.i32(at + 8), curve: 'hold' });
  }
  return [...curves.values()];
}

/** The curve of a pattern as a lane. */
export function patternLane(id: string, curve: PatternCurve, target: AutomationTarget): AutomationLane {
  return { id, name: target.name, target, scope: 'clip', unit: 'raw', points: curve.points };
}

export function isTempo(control: Control): boolean {
  return control.destination === PROJECT && (control.parameter & 0xff) === TEMPO;
}

/** The tempo an automation value stands for: the whole range is 60 to 180. */
function tempoOf(value: number): number {
  return (value + 0.5) * 120;
}

const CHANNEL_PARAMETERS: Readonly<Record<number, readonly [AutomationTarget['kind'], string]>> = {
  0: ['volume', 'Volume'],
  1: ['pan', 'Panning'],
  2: ['device', 'Filter cutoff'],
  3: ['device', 'Filter resonance'],
  4: ['pitch', 'Pitch'],
  5: ['device', 'Filter type'],
  6: ['device', 'Portamento time'],
  7: ['mute', 'Mute'],
  9: ['device', 'Gate time'],
  16: ['pan', 'Panning offset'],
  17: ['volume', 'Volume offset'],
  18: ['pitch', 'Pitch offset'],
  19: ['device', 'Modulation X'],
  20: ['device', 'Modulation Y'],
};
const PROJECT_PARAMETERS: Readonly<Record<number, readonly [AutomationTarget['kind'], string]>> = {
  0: ['volume', 'Main volume'],
  1: ['unknown', 'Swing'],
  2: ['pitch', 'Main pitch'],
  5: ['tempo', 'Tempo'],
};
const PLUGIN_PARAMETER = 0x8000;
/** The bit of FL 9 to 11. */
const OLD_PLUGIN_PARAMETER = 0x2000;
/** Mixer parameters (fader, pan, sends, EQ) carry the id of event 225 in their low byte. */
const MIXER_PARAMETER = 0x1f00;

export interface TargetNames {
  readonly majorVersion: number;
  readonly channels: ReadonlyMap<number, string>;
  readonly inserts: readonly MixerChannel[];
}

/** What a control moves, as a parameter of the project. */
export function targetOf(control: Omit<Control, 'channel'>, names: TargetNames): AutomationTarget {
  const { destination, parameter } = control;
  if (destination === PROJECT) {
    const [kind, name] = PROJECT_PARAMETERS[parameter & 0xff] ?? ['unknown', `Project ${parameter}`];
    return { kind, name, ...(kind === 'volume' ? { channelId: insertId(0) } : {}) };
  }
  const place = insertAddress(destination, names.majorVersion);
  if (place !== undefined) return mixerTarget(place, parameter, names);
  const channelName = names.channels.get(destination);
  const channel = channelName ?? `Channel ${destination}`;
  const ids = channelName === undefined ? {} : { channelId: channelId(destination) };
  if ((parameter & (PLUGIN_PARAMETER | OLD_PLUGIN_PARAMETER)) !== 0) {
    const index = parameter & 0x1fff;
    return {
      kind: 'device',
      name: `${channel}: parameter ${index}`,
      ...ids,
      deviceId: `${channelId(destination)}:instrument`,
      parameterId: String(index),
    };
  }
  const known = CHANNEL_PARAMETERS[parameter];
  const [kind, name] = known ?? ['unknown', `parameter ${parameter}`];
  return {
    kind,
    name: `${channel}: ${name}`,
    ...ids,
    ...(kind === 'device' ? { parameterId: String(parameter) } : {}),
  };
}

export function channelId(channel: number): string {
  return `channel:${channel}`;
}

function mixerTarget(
  place: { insert: number; slot: number },
  parameter: number,
  names: TargetNames,
): AutomationTarget {
  const strip = names.inserts[place.insert];
  const name = strip?.name ?? `Insert ${place.insert}`;
  const ids = strip === undefined ? {} : { channelId: strip.id };
  if ((parameter & MIXER_PARAMETER) === MIXER_PARAMETER && (parameter & PLUGIN_PARAMETER) === 0) {
    const id = parameter & 0xff;
    if (id === 192) return { kind: 'volume', name: `${name}: Volume`, ...ids };
    if (id === 193) return { kind: 'pan', name: `${name}: Panning`, ...ids };
    if (id >= 64 && id <= 191) {
      const target = insertId(id - 64);
      return {
        kind: 'send',
        name: `${name}: Send to ${names.inserts[id - 64]?.name ?? target}`,
        ...ids,
        parameterId: target,
      };
    }
    const isSlot = id === 0 || id === 1;
    return {
      kind: isSlot ? 'device' : 'unknown',
      name: `${name}: ${id === 1 ? 'slot mix' : id === 0 ? 'slot on' : `mixer parameter ${id}`}`,
      ...ids,
      ...(isSlot ? { deviceId: slotId(place.insert, place.slot) } : {}),
      parameterId: id === 1 ? 'mix' : id === 0 ? 'enabled' : String(id),
    };
  }
  const index = parameter & 0x7fff;
  const deviceId = slotId(place.insert, place.slot);
  const device = strip?.devices.find(({ id }) => id === deviceId);
  const known = device?.parameters.find(({ id }) => id === String(index))?.name;
  return {
    kind: 'device',
    name: `${name} / ${device?.name ?? `slot ${place.slot + 1}`}: ${known ?? `parameter ${index}`}`,
    ...ids,
    deviceId,
    parameterId: String(index),
  };
}

/** A clip's curve as a lane; each of FL's points says how the line comes to it, ours how it goes on. */
export function laneOf(
  id: string,
  name: string,
  points: readonly RawPoint[],
  targets: readonly AutomationTarget[],
): AutomationLane {
  const [target = { kind: 'unknown', name: 'Not connected' } satisfies AutomationTarget, ...moreTargets] =
    targets;
  const isTempoLane = target.kind === 'tempo';
  return {
    id,
    name,
    target,
    ...(moreTargets.length > 0 ? { moreTargets } : {}),
    scope: 'clip',
    unit: isTempoLane ? 'bpm' : 'normalized',
    points: points.map((point, i): AutomationPoint => {
      const next = points[i + 1];
      const curve =
        next === undefined || next.mode === MODE_HOLD
          ? 'hold'
          : next.tension === 0 && next.mode === 0
            ? 'linear'
            : 'curved';
      return {
        ticks: point.beats * TICKS_PER_QUARTER,
        value: isTempoLane ? tempoOf(point.value) : point.value,
        curve,
        ...(curve === 'curved' && next !== undefined
          ? { tension: next.tension, ...(SHAPES[next.mode] ?? OTHER_SHAPE) }
          : {}),
      };
    }),
  };
}

/** A tempo clip on the time line. */
export interface TempoClip {
  readonly startTicks: number;
  readonly endTicks: number;
  /** The content at the clip's start. */
  readonly offsetTicks: number;
  readonly points: readonly AutomationPoint[];
}

/**
 * The tempo that playlist clips of tempo automation give. Between clips the last value holds; a later clip replaces the
 * rest of an earlier one; of clips that start together the longest counts. Without clips the project's tempo holds.
 */
export function tempoFromClips(clips: readonly TempoClip[], projectBpm: number): TempoChange[] {
  const byStart = new Map<number, TempoClip>();
  for (const clip of clips) {
    const rival = byStart.get(clip.startTicks);
    if (clip.points.length === 0) continue;
    if (rival === undefined || rival.endTicks < clip.endTicks) byStart.set(clip.startTicks, clip);
  }
  const sorted = [...byStart.values()].sort((a, b) => a.startTicks - b.startTicks);
  const changes: TempoChange[] = [];
  const straight = new Map<TempoClip['points'], TempoClip['points']>();
  for (const [i, clip] of sorted.entries()) {
    const end = Math.min(clip.endTicks, sorted[i + 1]?.startTicks ?? Infinity);
    const points = straight.get(clip.points) ?? straighten(clip.points);
    straight.set(clip.points, points);
    changes.push(...clipTempo({ ...clip, points }, end));
  }
  const first = changes[0];
  if (first === undefined) return [{ tick: 0, bpm: projectBpm }];
  return first.tick > 0 ? [{ tick: 0, bpm: first.bpm }, ...changes] : changes;
}

function clipTempo(clip: TempoClip, endTicks: number): TempoChange[] {
  const shift = clip.startTicks - clip.offsetTicks;
  const { points } = clip;
  const inside = points.filter(({ ticks }) => ticks + shift >= clip.startTicks && ticks + shift < endTicks);
  const changes: TempoChange[] = inside.map(({ ticks, value, curve }) => ({
    tick: ticks + shift,
    bpm: value,
    curve: curve === 'hold' ? 'hold' : 'linear',
  }));
  if (changes[0] === undefined || changes[0].tick > clip.startTicks) {
    changes.unshift({
      tick: clip.startTicks,
      bpm: valueAt(points, clip.offsetTicks),
      curve: 'linear',
    });
  }
  // Where the line is cut, the value it has reached holds on.
  const last = changes.at(-1)!;
  if (last.curve === 'linear') {
    changes.push({ tick: endTicks, bpm: valueAt(points, endTicks - shift), curve: 'hold' });
  }
  return changes;
}

/** The curve's value; straight between points. */
function valueAt(points: readonly AutomationPoint[], ticks: number): number {
  const after = points.findIndex((point) => point.ticks > ticks);
  if (after < 0) return points.at(-1)!.value;
  const next = points[after]!;
  const before = points[after - 1];
  if (before === undefined) return next.value;
  if (before.curve === 'hold') return before.value;
  const share = (ticks - before.ticks) / (next.ticks - before.ticks);
  return before.value + (next.value - before.value) * share;
}
