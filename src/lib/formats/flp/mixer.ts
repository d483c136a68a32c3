import type { Device, DeviceParameter, MixerChannel, MixerSend } from '../../core/project';
import { colourOf, gainOf, insertEqHz, insertPan } from './levels';
import type { Payload } from './payload';
import { readPluginState } from './plugin-state';

/** A slot as its events give it. */
export interface RawSlot {
  index: number;
  internalName: string;
  name?: string;
  state?: Payload;
}

export interface RawInsert {
  name?: string;
  colour?: number;
  isEnabled: boolean;
  effectsOn: boolean;
  routes: number[];
  slots: RawSlot[];
}

const UNITY = 12_800;
const PARAMETER_RECORD = 12;
const ID = {
  slotOn: 0,
  slotMix: 1,
  firstSend: 64,
  lastSend: 191,
  volume: 192,
  pan: 193,
  separation: 194,
} as const;
/** Event 236: bit 2 effects on, bit 3 insert on. */
const FLAG = { effects: 4, enabled: 8 } as const;

type EqField = readonly [id: number, key: string, name: string, read: (raw: number) => number, unit: string];
const gain = (raw: number): number => raw / 100;
const share = (raw: number): number => raw / 65_536;
const EQ_FIELDS: readonly EqField[] = [
  [208, 'low-gain', 'Low gain', gain, 'dB'],
  [209, 'mid-gain', 'Mid gain', gain, 'dB'],
  [210, 'high-gain', 'High gain', gain, 'dB'],
  [216, 'low-frequency', 'Low frequency', insertEqHz, 'Hz'],
  [217, 'mid-frequency', 'Mid frequency', insertEqHz, 'Hz'],
  [218, 'high-frequency', 'High frequency', insertEqHz, 'Hz'],
  [224, 'low-q', 'Low Q', share, 'normalized'],
  [225, 'mid-q', 'Mid Q', share, 'normalized'],
  [226, 'high-q', 'High Q', share, 'normalized'],
];
const EQ_GAIN_IDS = [208, 209, 210];

/** Where a mixer parameter lies: FL 25 moved the inserts to 0x7000; `undefined` where the address is none. */
export function insertAddress(
  address: number,
  majorVersion: number,
): { insert: number; slot: number } | undefined {
  const origin = majorVersion >= 25 ? 0x7000 : 0x2000;
  const end = majorVersion >= 25 ? 0x1_0000 : 0x4000;
  if (address < origin || address >= end) return undefined;
  return { insert: (address - origin) >> 6, slot: address & 0x3f };
}

export function insertId(index: number): string {
  return `insert:${index}`;
}

export function slotId(insert: number, slot: number): string {
  return `insert:${insert}:slot:${slot}`;
}

export function readFlags(payload: Payload): { isEnabled: boolean; effectsOn: boolean } {
  const flags = payload.size >= 8 ? payload.u32(4) : payload.u8(4);
  // Up to FL 11 the byte counts differently (1 on every untouched insert): only the later flags are known.
  if (payload.size < 8) return { isEnabled: true, effectsOn: true };
  return { isEnabled: (flags & FLAG.enabled) !== 0, effectsOn: (flags & FLAG.effects) !== 0 };
}

/** Event 225: values by insert, slot and parameter id. */
export type MixerParameters = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** The key is insert * 64 + slot. Inserts beyond those the file lists belong to its last one, "Current". */
export function readMixerParameters(
  payload: Payload,
  majorVersion: number,
  insertCount: number,
): { parameters: MixerParameters; mainVolume?: number } {
  const parameters = new Map<number, Map<number, number>>();
  let mainVolume: number | undefined;
  for (let at = 0; at + PARAMETER_RECORD <= payload.size; at += PARAMETER_RECORD) {
    const id = payload.u8(at + 4);
    const address = payload.u16(at + 6);
    const value = payload.i32(at + 8);
    if (address === 0x4000 && id === 0) mainVolume = value;
    const place = insertAddress(address, majorVersion);
    if (place === undefined || (majorVersion >= 25 && address === 0x4000)) continue;
    const insert = place.insert < insertCount ? place.insert : Math.max(0, insertCount - 1);
    const key = insert * 64 + place.slot;
    let values = parameters.get(key);
    if (values === undefined) parameters.set(key, (values = new Map()));
    values.set(id, value);
  }
  return { parameters, ...(mainVolume === undefined ? {} : { mainVolume }) };
}

/** The mixer's strips, in order; the first is the master, the last one of a full mixer "Current". */
export function buildInserts(
  inserts: readonly RawInsert[],
  parameters: MixerParameters,
  mainVolume: number | undefined,
): MixerChannel[] {
  return inserts.map((insert, index) => {
    const values = parameters.get(index * 64);
    const isMaster = index === 0;
    const routes = insert.routes.filter((target) => target !== index && target < inserts.length);
    const output = isMaster ? undefined : (routes.find((target) => target === 0) ?? routes[0]);
    const gain = gainOf(values?.get(ID.volume) ?? UNITY);
    const separation = values?.get(ID.separation);
    return {
      id: insertId(index),
      name: insert.name ?? defaultName(index, inserts.length),
      kind: isMaster ? 'master' : 'insert',
      ...(insert.colour === undefined ? {} : { colour: colourOf(insert.colour) }),
      gain: isMaster && mainVolume !== undefined ? gain * gainOf(mainVolume) : gain,
      pan: insertPan(values?.get(ID.pan) ?? 0),
      muted: !insert.isEnabled,
      // Separation runs from -64 (wide) to 64 (merged to mono).
      ...(separation === undefined ? {} : { stereoWidth: 1 - separation / 64 }),
      ...(output === undefined ? {} : { outputId: insertId(output) }),
      // FL routes every insert to its four send tracks and leaves the level at 0: that is no send.
      sends: routes
        .filter((target) => target !== output)
        .map((target) => send(target, values))
        .filter(({ gain: level }) => level > 0),
      devices: [
        ...insert.slots.map((slot) => device(index, slot, parameters, insert.effectsOn)),
        ...equaliser(index, values),
      ],
    };
  });
}

function defaultName(index: number, count: number): string {
  if (index === 0) return 'Master';
  return count > 64 && index === count - 1 ? 'Current' : `Insert ${index}`;
}

function send(target: number, values: ReadonlyMap<number, number> | undefined): MixerSend {
  const id = ID.firstSend + target;
  const level = id <= ID.lastSend ? values?.get(id) : undefined;
  return { targetId: insertId(target), gain: gainOf(level ?? UNITY) };
}

function device(insert: number, slot: RawSlot, parameters: MixerParameters, effectsOn: boolean): Device {
  const values = parameters.get(insert * 64 + slot.index);
  const state = readPluginState(slot.internalName, slot.state);
  const pluginName = state.pluginName ?? slot.internalName;
  return {
    id: slotId(insert, slot.index),
    name: slot.name !== undefined && slot.name !== '' ? slot.name : pluginName,
    kind: 'effect',
    pluginFormat: state.pluginFormat,
    pluginName,
    ...(state.vendor === undefined ? {} : { vendor: state.vendor }),
    enabled: effectsOn && (values?.get(ID.slotOn) ?? 1) !== 0,
    mix: Math.min(1, Math.max(0, (values?.get(ID.slotMix) ?? UNITY) / UNITY)),
    parameters: state.parameters,
    opaqueBytes: state.opaqueBytes,
  };
}

/** Every insert has a three-band equaliser; it is a device only where a band is moved. */
function equaliser(insert: number, values: ReadonlyMap<number, number> | undefined): Device[] {
  if (values === undefined || EQ_GAIN_IDS.every((id) => (values.get(id) ?? 0) === 0)) return [];
  const parameters = EQ_FIELDS.flatMap(([id, key, name, read, unit]): DeviceParameter[] => {
    const value = values.get(id);
    return value === undefined ? [] : [{ id: key, name, value: read(value), unit }];
  });
  return [
    {
      id: `${insertId(insert)}:eq`,
      name: 'Insert EQ',
      kind: 'effect',
      pluginFormat: 'native',
      pluginName: 'Insert EQ',
      enabled: true,
      parameters,
    },
  ];
}
