import type { Device, DeviceKind, DeviceParameter, PluginFormat } from '../../core/project';
import type { SampleTable } from './live-samples';
import { child, descend, descendants, numberOf, textOf, type XmlNode } from './xml-tree';

/** What an automation target id in the file means. */
export interface LiveTarget {
  readonly deviceId?: string;
  readonly parameterId?: string;
  readonly name: string;
  /** The breakpoints Live 8 and 9 keep inside the parameter itself. */
  readonly events: readonly number[] | undefined;
}

export interface DeviceScan {
  readonly devices: readonly Device[];
  /** By `AutomationTarget` id. */
  readonly targets: ReadonlyMap<string, LiveTarget>;
  /** The first sample a sampler in the chain plays. */
  readonly sampleId: string | undefined;
}

const INSTRUMENTS = new Set([
  'OriginalSimpler',
  'MultiSampler',
  'Operator',
  'UltraAnalog',
  'StringStudio',
  'Collision',
  'LoungeLizard',
  'InstrumentImpulse',
  'InstrumentVector',
  'InstrumentMeld',
  'Drift',
  'DrumCell',
  'InstrumentGroupDevice',
  'DrumGroupDevice',
  'MxDeviceInstrument',
  'ProxyInstrumentDevice',
]);

const MIDI_EFFECT = /^(Midi|MxDeviceMidiEffect)/;
const CONTAINER = /GroupDevice$/;
const PARAMETER_LIMIT = 512;

/** Names of native devices where the tag is not what Live's browser shows. */
const NATIVE_NAMES: Readonly<Record<string, string>> = {
  Eq8: 'EQ Eight',
  FilterEQ3: 'EQ Three',
  ChannelEq: 'Channel EQ',
  Compressor2: 'Compressor',
  GlueCompressor: 'Glue Compressor',
  MultibandDynamics: 'Multiband Dynamics',
  StereoGain: 'Utility',
  AutoFilter: 'Auto Filter',
  AutoPan: 'Auto Pan',
  OriginalSimpler: 'Simpler',
  MultiSampler: 'Sampler',
  UltraAnalog: 'Analog',
  StringStudio: 'Tension',
  LoungeLizard: 'Electric',
  InstrumentImpulse: 'Impulse',
  InstrumentVector: 'Wavetable',
  InstrumentMeld: 'Meld',
  InstrumentGroupDevice: 'Instrument Rack',
  DrumGroupDevice: 'Drum Rack',
  AudioEffectGroupDevice: 'Audio Effect Rack',
  MidiEffectGroupDevice: 'MIDI Effect Rack',
  DrumBuss: 'Drum Buss',
  FrequencyShifter: 'Frequency Shifter',
  PingPongDelay: 'Ping Pong Delay',
  CrossDelay: 'Simple Delay',
  FilterDelay: 'Filter Delay',
  BeatRepeat: 'Beat Repeat',
  GrainDelay: 'Grain Delay',
  MidiArpeggiator: 'Arpeggiator',
  MidiChord: 'Chord',
  MidiNoteLength: 'Note Length',
  MidiPitcher: 'Pitch',
  MidiRandom: 'Random',
  MidiScale: 'Scale',
  MidiVelocity: 'Velocity',
};

/** Reads the devices below a `Devices` element, racks with the chains inside them. */
export function readDevices(
  list: XmlNode | undefined,
  options: { readonly idPrefix: string; readonly samples: SampleTable },
): DeviceScan {
  const targets = new Map<string, LiveTarget>();
  let count = 0;
  let sampleId: string | undefined;

  function read(node: XmlNode): Device {
    const id = `${options.idPrefix}-device-${++count}`;
    const isContainer = CONTAINER.test(node.tag);
    const inner = isContainer ? chainDevices(node).map(read) : [];
    const own = isContainer
      ? { ...node, children: node.children.filter(({ tag }) => !isBranches(tag)) }
      : node;
    const identity = identify(node);
    const enabled = child(node, 'On');
    if (enabled !== undefined) {
      collectTarget(enabled, { deviceId: id, parameterId: 'On', name: `${identity.name}: On` }, targets);
    }
    const parameters = readParameters(own, { id, name: identity.name }, targets);
    for (const sampleRef of descendants(own, 'SampleRef')) {
      sampleId = sampleId ?? options.samples.add(sampleRef) ?? undefined;
      options.samples.add(sampleRef);
    }
    return {
      id,
      name: textOf(node, 'UserName') || identity.name,
      kind: kindOf(node, isContainer, identity),
      pluginFormat: identity.pluginFormat,
      pluginName: identity.name,
      ...(identity.vendor === undefined ? {} : { vendor: identity.vendor }),
      enabled: numberOf(enabled, 'Manual') !== 0,
      parameters,
      ...(inner.length === 0 ? {} : { children: inner }),
    };
  }

  const devices = (list?.children ?? []).map(read);
  return { devices, targets, sampleId };
}

function isBranches(tag: string): boolean {
  return tag === 'Branches' || tag === 'ReturnBranches';
}

function chainDevices(rack: XmlNode): readonly XmlNode[] {
  return rack.children
    .filter(({ tag }) => isBranches(tag))
    .flatMap(({ children }) => children)
    .flatMap((branch) => child(branch, 'DeviceChain')?.children ?? [])
    .flatMap((chain) => child(chain, 'Devices')?.children ?? []);
}

interface Identity {
  readonly name: string;
  readonly vendor?: string;
  readonly pluginFormat: PluginFormat;
  readonly isInstrument?: boolean;
}

/** Plug-ins name themselves in their descriptor; native devices by their tag. */
function identify(node: XmlNode): Identity {
  const descriptor = child(node, 'PluginDesc')?.children[0];
  switch (node.tag) {
    case 'PluginDevice':
    case 'Vst3PluginDevice':
    case 'AuPluginDevice': {
      const name = textOf(descriptor, 'PlugName') || textOf(descriptor, 'Name') || 'Plug-in';
      const vendor = textOf(descriptor, 'Manufacturer') || textOf(descriptor, 'VendorName');
      const isInstrument =
        numberOf(descriptor, 'Category') === 2 ||
        numberOf(descriptor, 'DeviceType') === 1 ||
        numberOf(descriptor, 'ComponentType') === 0x61756d75;
      return {
        name,
        ...(vendor ? { vendor } : {}),
        pluginFormat: pluginFormat(node.tag, descriptor?.tag),
        isInstrument,
      };
    }
    default:
      if (node.tag.startsWith('MxDevice')) return { name: maxName(node), pluginFormat: 'max' };
      return { name: NATIVE_NAMES[node.tag] ?? node.tag, pluginFormat: 'native', vendor: 'Ableton' };
  }
}

function pluginFormat(tag: string, descriptorTag: string | undefined): PluginFormat {
  if (tag === 'AuPluginDevice' || descriptorTag === 'AuPluginInfo') return 'au';
  if (tag === 'Vst3PluginDevice' || descriptorTag === 'Vst3PluginInfo') return 'vst3';
  return 'vst2';
}

/** A Max device is named by its patch file. */
function maxName(node: XmlNode): string {
  const file = descendants(node, 'FileRef').map(
    (ref) => textOf(ref, 'Name') || textOf(ref, 'RelativePath') || '',
  );
  const patch = file.find((name) => name !== '') ?? '';
  return patch.slice(patch.lastIndexOf('/') + 1).replace(/\.amxd$/i, '') || 'Max device';
}

function kindOf(node: XmlNode, isContainer: boolean, identity: Identity): DeviceKind {
  if (isContainer) return 'container';
  if (identity.isInstrument === true || INSTRUMENTS.has(node.tag)) return 'instrument';
  if (MIDI_EFFECT.test(node.tag)) return 'midi-effect';
  return 'effect';
}

/** Everything with a `Manual` value is a parameter; its path below the device is its id ("Bands.0/ParameterA/Freq"). */
function readParameters(
  device: XmlNode,
  owner: { readonly id: string; readonly name: string },
  targets: Map<string, LiveTarget>,
): DeviceParameter[] {
  const parameters: DeviceParameter[] = [];
  const visit = (node: XmlNode, path: string): void => {
    for (const candidate of node.children) {
      if (candidate.tag === 'On' && path === '') continue;
      const id = path === '' ? candidate.tag : `${path}/${candidate.tag}`;
      const value = numberOf(candidate, 'Manual');
      if (value === undefined) {
        visit(candidate, id);
        continue;
      }
      collectTarget(
        candidate,
        { deviceId: owner.id, parameterId: id, name: `${owner.name}: ${spaced(id)}` },
        targets,
      );
      if (parameters.length < PARAMETER_LIMIT) parameters.push({ id, name: spaced(id), value, unit: 'raw' });
    }
  };
  visit(device, '');
  return parameters.length === 0 ? readPluginParameters(device) : parameters;
}

/** Third-party parameters have a name and a value in a list of their own. */
function readPluginParameters(device: XmlNode): DeviceParameter[] {
  return descendants(device, 'PluginFloatParameter').flatMap((parameter) => {
    const id = textOf(parameter, 'ParameterId') ?? '';
    const value = numberOf(child(parameter, 'ParameterValue'), 'Manual');
    if (value === undefined || id === '' || id === '-1') return [];
    return [{ id, name: textOf(parameter, 'ParameterName') || `Parameter ${id}`, value, unit: 'normalized' }];
  });
}

/** Remembers which automation a parameter answers to. */
export function collectTarget(
  parameter: XmlNode,
  target: Omit<LiveTarget, 'events'>,
  targets: Map<string, LiveTarget>,
): void {
  const id = child(parameter, 'AutomationTarget')?.attributes.Id;
  if (id === undefined) return;
  targets.set(id, { ...target, events: descend(parameter, 'ArrangerAutomation', 'Events')?.events });
}

/** "Bands.0/ParameterA/Freq" reads "Bands 0 Parameter A Freq". */
function spaced(id: string): string {
  return id
    .replace(/[/._]/g, ' ')
    .replace(/([a-z])([A-Z0-9])/g, '$1 $2')
    .trim();
}
