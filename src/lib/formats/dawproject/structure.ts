import type {
  Device,
  DeviceKind,
  DeviceParameter,
  MixerChannel,
  MixerSend,
  PluginFormat,
  ProjectTrack,
  TrackKind,
} from '../../core/project';
import { childOf, numberAttribute, type XmlElement } from './xml-dom';
import type { ParameterTable } from './parameters';

export interface Structure {
  readonly tracks: readonly ProjectTrack[];
  readonly mixer: readonly MixerChannel[];
}

/** Reads tracks (nested ones are groups), their channels and devices; every automatable parameter goes into the table. */
export function readStructure(structure: XmlElement | undefined, parameters: ParameterTable): Structure {
  const tracks: ProjectTrack[] = [];
  const mixer: MixerChannel[] = [];
  let anonymous = 0;
  const idOf = (element: XmlElement): string => element.attributes.id || `unnamed-${++anonymous}`;

  function visit(element: XmlElement, parentId: string | undefined): void {
    if (element.tag === 'Channel') {
      mixer.push(
        readChannel(
          element,
          idOf(element),
          { name: element.attributes.name ?? '', kind: 'instrument' },
          parameters,
        ),
      );
      return;
    }
    if (element.tag !== 'Track') return;
    const id = idOf(element);
    const channel = childOf(element, 'Channel');
    const kind = trackKind(element, channel);
    const channelId = channel === undefined ? undefined : idOf(channel);
    const name = element.attributes.name ?? '';
    const colour = colourOf(element);
    tracks.push({
      id,
      name,
      kind,
      ...(colour === undefined ? {} : { colour }),
      ...(parentId === undefined ? {} : { parentId }),
      ...(channelId === undefined ? {} : { channelId }),
      ...(childOf(channel, 'Mute')?.attributes.value === 'true' ? { muted: true } : {}),
    });
    if (channel !== undefined && channelId !== undefined) {
      const channelKind = kind === 'group' || kind === 'return' || kind === 'master' ? kind : 'track';
      mixer.push(readChannel(channel, channelId, { name, kind: channelKind, trackId: id }, parameters));
    }
    for (const inner of element.children) visit(inner.tag === 'Track' ? inner : EMPTY, id);
  }

  for (const element of structure?.children ?? []) visit(element, undefined);
  return { tracks, mixer };
}

const EMPTY: XmlElement = { tag: '', attributes: {}, children: [], text: '' };

function trackKind(track: XmlElement, channel: XmlElement | undefined): TrackKind {
  const role = channel?.attributes.role;
  if (role === 'master') return 'master';
  if (role === 'effect') return 'return';
  const content = (track.attributes.contentType ?? '').split(/\s+/);
  if (role === 'submix' || content.includes('tracks') || childOf(track, 'Track') !== undefined)
    return 'group';
  if (content.includes('notes') && content.includes('audio')) return 'hybrid';
  return content.includes('audio') ? 'audio' : 'midi';
}

function colourOf(element: XmlElement): string | undefined {
  const colour = element.attributes.color;
  return colour !== undefined && /^#[0-9a-f]{6}/i.test(colour) ? colour.slice(0, 7).toLowerCase() : undefined;
}

function readChannel(
  channel: XmlElement,
  id: string,
  owner: { readonly name: string; readonly kind: MixerChannel['kind']; readonly trackId?: string },
  parameters: ParameterTable,
): MixerChannel {
  const target = { channelId: id, ...(owner.trackId === undefined ? {} : { trackId: owner.trackId }) };
  parameters.add(childOf(channel, 'Volume'), { kind: 'volume', name: `${owner.name}: Volume`, ...target });
  parameters.add(childOf(channel, 'Pan'), { kind: 'pan', name: `${owner.name}: Pan`, ...target });
  parameters.add(childOf(channel, 'Mute'), { kind: 'mute', name: `${owner.name}: Mute`, ...target });
  const colour = colourOf(channel);
  return {
    id,
    name: owner.name,
    kind: owner.kind,
    ...(colour === undefined ? {} : { colour }),
    gain: gainOf(childOf(channel, 'Volume')) ?? 1,
    pan: panOf(childOf(channel, 'Pan')) ?? 0,
    muted: childOf(channel, 'Mute')?.attributes.value === 'true',
    ...(channel.attributes.destination === undefined ? {} : { outputId: channel.attributes.destination }),
    sends: (childOf(channel, 'Sends')?.children ?? []).flatMap((send) =>
      readSend(send, owner.name, target, parameters),
    ),
    devices: (childOf(channel, 'Devices')?.children ?? []).map((device, i) =>
      readDevice(
        device,
        { id: device.attributes.id || `${id}-device-${i + 1}`, channelName: owner.name, target },
        parameters,
      ),
    ),
  };
}

/** Linear gain of a volume parameter in any of the units the format allows; undefined where there is none. */
function gainOf(volume: XmlElement | undefined): number | undefined {
  const value = numberAttribute(volume, 'value');
  if (value === undefined) return undefined;
  if (volume?.attributes.unit === 'decibel') return 10 ** (value / 20);
  return Math.max(0, volume?.attributes.unit === 'percent' ? value / 100 : value);
}

/** -1 left .. 1 right. */
function panOf(pan: XmlElement | undefined): number | undefined {
  const value = numberAttribute(pan, 'value');
  if (value === undefined) return undefined;
  const unit = pan?.attributes.unit;
  const centred = unit === 'linear' ? value : unit === 'percent' ? value / 50 - 1 : value * 2 - 1;
  return Math.min(1, Math.max(-1, centred));
}

function readSend(
  send: XmlElement,
  ownerName: string,
  owner: { readonly channelId: string; readonly trackId?: string },
  parameters: ParameterTable,
): MixerSend[] {
  const targetId = send.attributes.destination;
  if (targetId === undefined) return [];
  parameters.add(childOf(send, 'Volume'), {
    kind: 'send',
    name: `${ownerName}: Send`,
    ...owner,
    parameterId: targetId,
  });
  const isEnabled = childOf(send, 'Enable')?.attributes.value;
  return [
    {
      targetId,
      gain: gainOf(childOf(send, 'Volume')) ?? 0,
      ...(send.attributes.type === 'pre' ? { preFader: true } : {}),
      ...(isEnabled === undefined ? {} : { enabled: isEnabled === 'true' }),
    },
  ];
}

const DEVICE_KINDS: Readonly<Record<string, DeviceKind>> = {
  instrument: 'instrument',
  noteFX: 'midi-effect',
  audioFX: 'effect',
  analyzer: 'effect',
};

const PLUGIN_FORMATS: Readonly<Record<string, PluginFormat>> = {
  Vst2Plugin: 'vst2',
  Vst3Plugin: 'vst3',
  ClapPlugin: 'clap',
  AuPlugin: 'au',
};

const UNITS: Readonly<Record<string, string>> = { decibel: 'dB', hertz: 'Hz', seconds: 'ms' };
/** Attack and release are told in milliseconds; the format has seconds. */
export const MS_A_SECOND = 1000;

function readDevice(
  device: XmlElement,
  owner: {
    readonly id: string;
    readonly channelName: string;
    readonly target: { readonly channelId: string; readonly trackId?: string };
  },
  table: ParameterTable,
): Device {
  const name = device.attributes.name || device.attributes.deviceName || device.tag;
  const parameters: DeviceParameter[] = [];
  const add = (element: XmlElement, fallbackName: string): void => {
    const id = element.attributes.id || `${fallbackName}-${parameters.length + 1}`;
    const label = element.attributes.name || fallbackName;
    const text = element.attributes.value;
    const value = text === 'true' ? 1 : text === 'false' ? 0 : numberAttribute(element, 'value');
    table.add(element, {
      kind: 'device',
      name: `${owner.channelName}: ${name}: ${label}`,
      ...owner.target,
      deviceId: owner.id,
      parameterId: id,
    });
    if (value === undefined) return;
    const unit = element.attributes.unit;
    const min = numberAttribute(element, 'min');
    const max = numberAttribute(element, 'max');
    const shown = (stored: number): number => (unit === 'seconds' ? stored * MS_A_SECOND : stored);
    parameters.push({
      id,
      name: label,
      value: shown(value),
      ...(unit === undefined ? {} : { unit: UNITS[unit] ?? unit }),
      ...(min === undefined || !Number.isFinite(min) ? {} : { min: shown(min) }),
      ...(max === undefined || !Number.isFinite(max) ? {} : { max: shown(max) }),
    });
  };
  for (const child of device.children) {
    if (child.tag === 'Parameters')
      child.children.forEach((parameter, i) => add(parameter, `Parameter ${i + 1}`));
    else if (child.tag === 'Band') {
      const order = device.children.filter(({ tag }) => tag === 'Band').indexOf(child) + 1;
      for (const part of child.children) add(part, `Band ${order} ${part.tag}`);
    } else if (child.tag !== 'Enabled' && child.tag !== 'State') add(child, child.tag);
  }
  const deviceName = device.attributes.deviceName;
  const vendor = device.attributes.deviceVendor;
  return {
    id: owner.id,
    name,
    kind: DEVICE_KINDS[device.attributes.deviceRole ?? ''] ?? 'unknown',
    pluginFormat: PLUGIN_FORMATS[device.tag] ?? 'native',
    ...(deviceName === undefined ? {} : { pluginName: deviceName }),
    ...(vendor === undefined ? {} : { vendor }),
    enabled: childOf(device, 'Enabled')?.attributes.value !== 'false',
    parameters,
  };
}
