import type { Device, DeviceParameter, MixerChannel, Project, ProjectTrack } from '../../core/project';
import type { IdTable } from './ids';
import { element, type XmlOut } from './xml-writer';

export interface StructureContext {
  readonly project: Project;
  readonly ids: IdTable;
}

const ROLES: Readonly<Record<MixerChannel['kind'], string>> = {
  instrument: 'regular',
  track: 'regular',
  insert: 'submix',
  group: 'submix',
  return: 'effect',
  master: 'master',
};

/** A channel with its children in the schema's order: Devices, Mute, Pan, Sends, Volume. */
export function writeChannel(
  channel: MixerChannel,
  context: StructureContext,
  isLoose: boolean,
  track?: ProjectTrack,
): XmlOut {
  const { ids, project } = context;
  const known = new Set(project.mixer.map(({ id }) => id));
  const role =
    track?.kind === 'return' ? 'effect' : track?.kind === 'master' ? 'master' : ROLES[channel.kind];
  const sends = channel.sends.filter(({ targetId }) => known.has(targetId));
  const outputId =
    channel.outputId !== undefined && known.has(channel.outputId) ? channel.outputId : undefined;
  return element(
    'Channel',
    {
      name: isLoose ? channel.name : undefined,
      color: channel.colour,
      id: ids.declare(`channel/${channel.id}`),
      audioChannels: 2,
      destination: outputId === undefined ? undefined : ids.of(`channel/${outputId}`),
      role,
    },
    [
      channel.devices.length === 0
        ? undefined
        : element(
            'Devices',
            {},
            channel.devices.map((device) => writeDevice(device, context)),
          ),
      element('Mute', { id: ids.declare(`mute/${channel.id}`), value: channel.muted }),
      element('Pan', {
        id: ids.declare(`pan/${channel.id}`),
        unit: 'normalized',
        value: (channel.pan + 1) / 2,
      }),
      sends.length === 0
        ? undefined
        : element(
            'Sends',
            {},
            sends.map((send) =>
              element(
                'Send',
                {
                  id: ids.declare(`send/${channel.id}/${send.targetId}`),
                  destination: ids.of(`channel/${send.targetId}`),
                  type: send.preFader === true ? 'pre' : 'post',
                },
                [
                  send.enabled === undefined
                    ? undefined
                    : element('Enable', {
                        id: ids.declare(`send-on/${channel.id}/${send.targetId}`),
                        value: send.enabled,
                      }),
                  element('Volume', {
                    id: ids.declare(`send-gain/${channel.id}/${send.targetId}`),
                    unit: 'linear',
                    value: send.gain,
                  }),
                ],
              ),
            ),
          ),
      element('Volume', { id: ids.declare(`volume/${channel.id}`), unit: 'linear', value: channel.gain }),
    ],
  );
}

const DEVICE_TAGS: Readonly<Record<Device['pluginFormat'], string>> = {
  native: 'BuiltinDevice',
  vst: 'Vst2Plugin',
  vst2: 'Vst2Plugin',
  vst3: 'Vst3Plugin',
  au: 'AuPlugin',
  clap: 'ClapPlugin',
  max: 'BuiltinDevice',
  unknown: 'BuiltinDevice',
};

const DEVICE_ROLES: Readonly<Record<Device['kind'], string>> = {
  instrument: 'instrument',
  effect: 'audioFX',
  'midi-effect': 'noteFX',
  container: 'audioFX',
  unknown: 'audioFX',
};

/** The format knows no racks: a rack is written as one device, the chains inside it stay behind. */
function writeDevice(device: Device, context: StructureContext): XmlOut {
  const { ids } = context;
  const parameters = device.parameters.map((parameter) => writeParameter(device, parameter, ids));
  return element(
    DEVICE_TAGS[device.pluginFormat],
    {
      id: ids.declare(`device/${device.id}`),
      name: device.name,
      deviceName: device.pluginName ?? device.name,
      deviceRole: DEVICE_ROLES[device.kind],
      deviceVendor: device.vendor,
      loaded: true,
    },
    [
      parameters.length === 0 ? undefined : element('Parameters', {}, parameters),
      element('Enabled', { id: ids.declare(`enabled/${device.id}`), value: device.enabled }),
    ],
  );
}

const UNITS: Readonly<Record<string, string>> = {
  dB: 'decibel',
  Hz: 'hertz',
  s: 'seconds',
  ms: 'seconds',
  normalized: 'normalized',
  percent: 'percent',
  semitones: 'semitones',
  beats: 'beats',
  bpm: 'bpm',
};

function writeParameter(device: Device, parameter: DeviceParameter, ids: IdTable): XmlOut {
  const scale = parameter.unit === 'ms' ? 0.001 : 1;
  return element('RealParameter', {
    id: ids.declare(`parameter/${device.id}/${parameter.id}`),
    name: parameter.name,
    max: parameter.max === undefined ? undefined : parameter.max * scale,
    min: parameter.min === undefined ? undefined : parameter.min * scale,
    unit: UNITS[parameter.unit ?? ''] ?? 'linear',
    value: parameter.value * scale,
  });
}
