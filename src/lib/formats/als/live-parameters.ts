import type { DeviceParameter } from '../../core/project';
import type { LiveTarget, TargetTable } from './live-targets';
import { child, parameterValue, textOf, type XmlNode } from './xml-tree';

const PARAMETER_LIMIT = 512;

/** Units of native devices by the last part of the id; "gain" is a factor. What is not listed counts as raw. */
const UNITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Eq8: { Freq: 'Hz', Gain: 'dB', GlobalGain: 'dB' },
  FilterEQ3: { FreqLo: 'Hz', FreqHi: 'Hz', GainLo: 'gain', GainMid: 'gain', GainHi: 'gain' },
  Compressor2: {
    Threshold: 'gain',
    Attack: 'ms',
    Release: 'ms',
    Gain: 'dB',
    Knee: 'dB',
    Freq: 'Hz',
    DryWet: 'normalized',
  },
  Reverb: { PreDelay: 'ms', DecayTime: 'ms', BandFreq: 'Hz', ShelfHiFreq: 'Hz', ShelfLoFreq: 'Hz' },
};

/** A parameter of a device as what automation moves. */
export function deviceTarget(
  deviceId: string,
  parameterId: string,
  name: string,
): Omit<LiveTarget, 'events'> {
  return { kind: 'device', unit: 'raw', deviceId, parameterId, name };
}

/** Everything with a `Manual` value is a parameter; its path below the device is its id ("Bands.0/ParameterA/Freq"). */
export function readParameters(
  device: XmlNode,
  owner: { readonly id: string; readonly name: string },
  targets: TargetTable,
): DeviceParameter[] {
  const units = UNITS[device.tag];
  const macros = macroNames(device);
  const parameters: DeviceParameter[] = [];
  const visit = (node: XmlNode, path: string): void => {
    for (const candidate of node.children) {
      if ((candidate.tag === 'On' && path === '') || candidate.tag === 'ParameterList') continue;
      const id = path === '' ? candidate.tag : `${path}/${candidate.tag}`;
      const value = parameterValue(candidate);
      if (value === undefined) {
        visit(candidate, id);
        continue;
      }
      const name = macros.get(id) ?? spaced(id);
      targets.addParameter(candidate, () => deviceTarget(owner.id, id, `${owner.name}: ${name}`));
      if (parameters.length < PARAMETER_LIMIT) {
        parameters.push({ id, name, value, unit: units?.[candidate.tag] ?? 'raw' });
      }
    }
  };
  visit(device, '');
  return [...parameters, ...readListedParameters(device, owner, targets)];
}

/** The user's names for the macros of a rack ("Filter Cutoff"), by the macro's id. */
function macroNames(rack: XmlNode): ReadonlyMap<string, string> {
  return new Map(
    rack.children.flatMap(({ tag, attributes }) =>
      tag.startsWith('MacroDisplayNames.') && attributes.Value
        ? [[tag.replace('DisplayNames', 'Controls'), attributes.Value] as const]
        : [],
    ),
  );
}

/**
 * Parameters of plug-ins and Max devices stand in a list, each with its name; their number there is their id, since most
 * have none of their own.
 */
function readListedParameters(
  device: XmlNode,
  owner: { readonly id: string; readonly name: string },
  targets: TargetTable,
): DeviceParameter[] {
  const list = child(device, 'ParameterList');
  const entries = (child(list, 'ParameterList') ?? list)?.children ?? [];
  const parameters: DeviceParameter[] = [];
  for (const [index, entry] of entries.entries()) {
    const parameter = child(entry, 'ParameterValue') ?? child(entry, 'Timeable');
    const value = parameterValue(parameter);
    if (parameter === undefined || value === undefined) continue;
    const id = `Parameter.${index}`;
    const name =
      textOf(entry, 'ParameterName') ||
      textOf(entry, 'ShortName') ||
      textOf(entry, 'Name') ||
      `Parameter ${index + 1}`;
    targets.addParameter(parameter, () => deviceTarget(owner.id, id, `${owner.name}: ${name}`));
    if (parameters.length >= PARAMETER_LIMIT) continue;
    // Switches and choices count in whole numbers, Max devices in units of their own.
    const unit = entry.tag === 'PluginFloatParameter' ? 'normalized' : 'raw';
    parameters.push({ id, name, value, unit });
  }
  return parameters;
}

/** "Bands.0/ParameterA/Freq" reads "Bands 0 Parameter A Freq". */
function spaced(id: string): string {
  return id
    .replace(/[/._]/g, ' ')
    .replace(/([a-z])([A-Z0-9])/g, '$1 $2')
    .trim();
}
