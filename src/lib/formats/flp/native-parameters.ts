import type { DeviceParameter } from '../../core/project';
import { parametricEqHz } from './levels';
import type { Payload } from './payload';

/** A field of a native plug-in's state: a 32-bit number at `at`, shown as `raw * scale` (or what `read` makes of it) in `unit`. */
interface Field {
  readonly name: string;
  readonly at: number;
  readonly scale?: number;
  readonly read?: (raw: number) => number;
  readonly unit?: string;
}

/** Consecutive fields from `start` on. */
function fields(start: number, ...names: readonly (readonly [string, number?, string?])[]): Field[] {
  return names.map(([name, scale, unit], i) => ({
    name,
    at: start + 4 * i,
    ...(scale === undefined ? {} : { scale }),
    ...(unit === undefined ? {} : { unit }),
  }));
}

const PER_65536 = 1 / 65_536;
const EQ_BANDS = 7;
const TENTH = 0.1;

function eq2Fields(): Field[] {
  const result: Field[] = [];
  const add = (start: number, name: string, shown: Pick<Field, 'scale' | 'read' | 'unit'>): void => {
    for (let band = 0; band < EQ_BANDS; band++) {
      result.push({ name: `Band ${band + 1} ${name}`, at: start + 4 * band, ...shown });
    }
  };
  add(4, 'gain', { scale: 0.01, unit: 'dB' });
  add(32, 'frequency', { read: parametricEqHz, unit: 'Hz' });
  add(60, 'width', { scale: PER_65536, unit: 'normalized' });
  add(88, 'type', { unit: 'raw' });
  add(116, 'order', { unit: 'raw' });
  return result;
}

/**
 * The states whose layout is known.
 * Fields are listed in the order of FL's own parameter numbers, by which automation refers to them.
 * The numbers in the state of a plug-in not listed here are left alone and counted.
 */
const LAYOUTS: Readonly<Record<string, { readonly size: number; readonly fields: readonly Field[] }>> = {
  'fruity parametric eq 2': { size: 144, fields: eq2Fields() },
  'fruity compressor': {
    size: 32,
    fields: fields(
      4,
      ['Threshold', TENTH, 'dB'],
      ['Ratio', TENTH, ':1'],
      ['Gain', TENTH, 'dB'],
      ['Attack', TENTH, 'ms'],
      ['Release', 1, 'ms'],
      ['Type', 1, 'raw'],
    ),
  },
  'fruity balance': {
    size: 8,
    fields: fields(0, ['Balance', 1 / 128, 'normalized'], ['Volume', 1 / 256, 'normalized']),
  },
  'fruity send': {
    size: 16,
    fields: fields(
      0,
      ['Panning', 1 / 128, 'normalized'],
      ['Dry level', 1 / 256, 'normalized'],
      ['Send volume', 1 / 256, 'normalized'],
      ['Send target', 1, 'raw'],
    ),
  },
  'fruity soft clipper': {
    size: 8,
    fields: fields(0, ['Threshold', 0.01, 'normalized'], ['Post gain', 1 / 128, 'normalized']),
  },
  'fruity stereo enhancer': {
    size: 24,
    fields: fields(
      0,
      ['Panning', 1 / 128, 'normalized'],
      ['Volume', 1 / 320, 'normalized'],
      ['Stereo separation', 1 / 96, 'normalized'],
      ['Phase offset', 1, 'raw'],
      ['Effect position', 1, 'raw'],
      ['Phase inversion', 1, 'raw'],
    ),
  },
  'fruity center': { size: 8, fields: fields(0, ['Enabled', 1, 'raw']) },
  'fruity fast dist': {
    size: 20,
    fields: fields(
      0,
      ['Pre-amp', 1, 'raw'],
      ['Threshold', 1, 'raw'],
      ['Kind', 1, 'raw'],
      ['Mix', 1 / 128, 'normalized'],
      ['Post gain', 1 / 128, 'normalized'],
    ),
  },
  'fruity blood overdrive': {
    size: 36,
    fields: fields(
      4,
      ['Pre-band', 0.0001, 'normalized'],
      ['Colour', 0.0001, 'normalized'],
      ['Pre-amp', 0.0001, 'normalized'],
      ['x100', 1, 'raw'],
      ['Post filter', 0.0001, 'normalized'],
      ['Post gain', 0.0001, 'normalized'],
    ),
  },
  soundgoodizer: {
    size: 12,
    fields: fields(4, ['Mode', 1, 'raw'], ['Amount', 0.001, 'normalized']),
  },
  boobass: {
    size: 16,
    fields: fields(
      4,
      ['Bass', PER_65536, 'normalized'],
      ['Middle', PER_65536, 'normalized'],
      ['Treble', PER_65536, 'normalized'],
    ),
  },
  'plucked!': {
    size: 20,
    fields: fields(
      0,
      ['Decay', 1, 'raw'],
      ['Colour', 1, 'raw'],
      ['Normalize', 1, 'raw'],
      ['Gate', 1, 'raw'],
      ['Widen', 1, 'raw'],
    ),
  },
};

/** The readable parameters of a native plug-in; none where its layout is unknown or the state is shorter than it. */
export function nativeParameters(internalName: string, state: Payload): DeviceParameter[] {
  const layout = LAYOUTS[internalName.toLowerCase()];
  if (layout === undefined || state.size < layout.size) return [];
  return layout.fields.map(({ name, at, scale = 1, read, unit }, i) => ({
    id: String(i),
    name,
    value: read === undefined ? roundTo(state.i32(at) * scale) : read(state.i32(at)),
    ...(unit === undefined ? {} : { unit }),
  }));
}

/** Scaling by a decimal leaves noise behind (15 * 0.1); six digits are more than any of these hold. */
function roundTo(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
