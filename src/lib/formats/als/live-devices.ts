import type { Device, DeviceChain, DeviceKind, PluginFormat } from '../../core/project';
import { deviceTarget, readParameters } from './live-parameters';
import type { SampleTable } from './live-samples';
import type { TargetTable } from './live-targets';
import { nameOfNode } from './live-values';
import { child, descendants, numberOf, parameterValue, textOf, type XmlNode } from './xml-tree';

export interface DeviceScan {
  readonly devices: readonly Device[];
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

/** Reads the devices below a `Devices` element, racks with the chains inside them; `targets` learns what can move. */
export function readDevices(
  list: XmlNode | undefined,
  options: { readonly idPrefix: string; readonly samples: SampleTable; readonly targets: TargetTable },
): DeviceScan {
  const { targets } = options;
  let count = 0;
  let sampleId: string | undefined;

  function read(node: XmlNode): Device {
    const id = `${options.idPrefix}-device-${++count}`;
    const isContainer = CONTAINER.test(node.tag);
    const own = isContainer
      ? { ...node, children: node.children.filter(({ tag }) => !BRANCH_LISTS.has(tag)) }
      : node;
    const identity = identify(node);
    const enabled = child(node, 'On');
    if (enabled !== undefined) {
      targets.addParameter(enabled, () => deviceTarget(id, 'On', `${identity.name}: On`));
    }
    const parameters = readParameters(own, { id, name: identity.name }, targets);
    for (const sampleRef of descendants(own, 'SampleRef')) {
      sampleId = sampleId ?? options.samples.add(sampleRef) ?? undefined;
      options.samples.add(sampleRef);
    }
    const chains = isContainer ? readChains(node, id) : [];
    return {
      id,
      name: textOf(node, 'UserName') || identity.name,
      kind: kindOf(node, isContainer, identity),
      pluginFormat: identity.pluginFormat,
      pluginName: identity.name,
      ...(identity.vendor === undefined ? {} : { vendor: identity.vendor }),
      enabled: parameterValue(enabled) !== 0,
      parameters,
      ...(chains.length === 0 ? {} : { chains }),
    };
  }

  function readChains(rack: XmlNode, rackId: string): DeviceChain[] {
    const branches = rack.children
      .filter(({ tag }) => BRANCH_LISTS.has(tag))
      .flatMap((list) => list.children);
    return branches.map((branch, index) => {
      const name = nameOfNode(branch) ?? `Chain ${index + 1}`;
      const mixer = child(branch, 'MixerDevice');
      for (const tag of ['Volume', 'Panorama', 'Speaker']) {
        const parameter = child(mixer, tag);
        const parameterId = `Chains.${index}/${tag}`;
        if (parameter !== undefined) {
          targets.addParameter(parameter, () => deviceTarget(rackId, parameterId, `${name}: ${tag}`));
        }
      }
      const devices = (child(branch, 'DeviceChain')?.children ?? [])
        .flatMap((chain) => child(chain, 'Devices')?.children ?? [])
        .map(read);
      return { name, ...chainStrip(mixer), ...receivedPitch(branch), devices };
    });
  }

  const devices = (list?.children ?? []).map(read);
  return { devices, sampleId };
}

const BRANCH_LISTS: ReadonlySet<string> = new Set(['Branches', 'ReturnBranches']);

function chainStrip(mixer: XmlNode | undefined): Pick<DeviceChain, 'gain' | 'pan' | 'muted'> {
  return {
    gain: parameterValue(child(mixer, 'Volume')) ?? 1,
    pan: Math.min(1, Math.max(-1, parameterValue(child(mixer, 'Panorama')) ?? 0)),
    muted: parameterValue(child(mixer, 'Speaker')) === 0,
  };
}

/** The pad of a drum rack: stored downwards from 128, with 0 for "all notes". */
function receivedPitch(branch: XmlNode): Pick<DeviceChain, 'pitch'> {
  const stored = numberOf(child(branch, 'BranchInfo'), 'ReceivingNote');
  return stored === undefined || stored < 1 || stored > 128 ? {} : { pitch: 128 - stored };
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
