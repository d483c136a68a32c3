import type { DeviceParameter } from '../../core/project';
import type { Payload } from './payload';

/** A field of a native plug-in's state: a 32-bit number at `at`, shown as `raw * scale` in `unit`. */
interface Field {
  readonly id: string;
  readonly name: string;
  readonly at: number;
  readonly scale?: number;
  readonly unit?: string;
}

/** Consecutive fields from `start` on. */
function fields(start: number, ...names: readonly (readonly [string, string, number?, string?])[]): Field[] {
  return names.map(([id, name, scale, unit], i) => ({
    id,
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
  const add = (start: number, id: string, name: string, scale: number, unit: string): void => {
    for (let band = 0; band < EQ_BANDS; band++) {
      result.push({
        id: `${id}${band + 1}`,
        name: `Band ${band + 1} ${name}`,
        at: start + 4 * band,
        scale,
        unit,
      });
    }
  };
  add(4, 'gain', 'gain', 0.01, 'dB');
  add(32, 'frequency', 'frequency', PER_65536, 'normalized');
  add(60, 'width', 'width', PER_65536, 'normalized');
  add(88, 'type', 'type', 1, 'raw');
  add(116, 'order', 'order', 1, 'raw');
  return result;
}

/**
 * The states whose layout is known. Frequencies are positions on the plug-in's own scale, since FL does not store Hz.
 * The numbers in the state of a plug-in not listed here are left alone and counted.
 */
const LAYOUTS: Readonly<Record<string, { readonly size: number; readonly fields: readonly Field[] }>> = {
  'fruity parametric eq 2': { size: 144, fields: eq2Fields() },
  'fruity compressor': {
    size: 32,
    fields: fields(
      4,
      ['threshold', 'Threshold', TENTH, 'dB'],
      ['ratio', 'Ratio', TENTH, ':1'],
      ['gain', 'Gain', TENTH, 'dB'],
      ['attack', 'Attack', TENTH, 'ms'],
      ['release', 'Release', 1, 'ms'],
      ['type', 'Type', 1, 'raw'],
    ),
  },
  'fruity balance': {
    size: 8,
    fields: fields(
      0,
      ['balance', 'Balance', 1 / 128, 'normalized'],
      ['volume', 'Volume', 1 / 256, 'normalized'],
    ),
  },
  'fruity send': {
    size: 16,
    fields: fields(
      0,
      ['pan', 'Panning', 1 / 128, 'normalized'],
      ['dry', 'Dry level', 1 / 256, 'normalized'],
      ['volume', 'Send volume', 1 / 256, 'normalized'],
      ['target', 'Send target', 1, 'raw'],
    ),
  },
  'fruity soft clipper': {
    size: 8,
    fields: fields(
      0,
      ['threshold', 'Threshold', 0.01, 'normalized'],
      ['post', 'Post gain', 1 / 128, 'normalized'],
    ),
  },
  'fruity stereo enhancer': {
    size: 24,
    fields: fields(
      0,
      ['pan', 'Panning', 1 / 128, 'normalized'],
      ['volume', 'Volume', 1 / 320, 'normalized'],
      ['separation', 'Stereo separation', 1 / 96, 'normalized'],
      ['phase', 'Phase offset', 1, 'raw'],
      ['position', 'Effect position', 1, 'raw'],
      ['inversion', 'Phase inversion', 1, 'raw'],
    ),
  },
  'fruity center': { size: 8, fields: fields(0, ['enabled', 'Enabled', 1, 'raw']) },
  'fruity fast dist': {
    size: 20,
    fields: fields(
      0,
      ['pre', 'Pre-amp', 1, 'raw'],
      ['threshold', 'Threshold', 1, 'raw'],
      ['kind', 'Kind', 1, 'raw'],
      ['mix', 'Mix', 1 / 128, 'normalized'],
      ['post', 'Post gain', 1 / 128, 'normalized'],
    ),
  },
  'fruity blood overdrive': {
    size: 36,
    fields: fields(
      4,
      ['preband', 'Pre-band', 0.0001, 'normalized'],
      ['colour', 'Colour', 0.0001, 'normalized'],
      ['preamp', 'Pre-amp', 0.0001, 'normalized'],
      ['x100', 'x100', 1, 'raw'],
      ['postfilter', 'Post filter', 0.0001, 'normalized'],
      ['postgain', 'Post gain', 0.0001, 'normalized'],
    ),
  },
  soundgoodizer: {
    size: 12,
    fields: fields(4, ['mode', 'Mode', 1, 'raw'], ['amount', 'Amount', 0.001, 'normalized']),
  },
  boobass: {
    size: 16,
    fields: fields(
      4,
      ['bass', 'Bass', PER_65536, 'normalized'],
      ['middle', 'Middle', PER_65536, 'normalized'],
      ['treble', 'Treble', PER_65536, 'normalized'],
    ),
  },
  'plucked!': {
    size: 20,
    fields: fields(
      0,
      ['decay', 'Decay', 1, 'raw'],
      ['colour', 'Colour', 1, 'raw'],
      ['normalize', 'Normalize', 1, 'raw'],
      ['gate', 'Gate', 1, 'raw'],
      ['widen', 'Widen', 1, 'raw'],
    ),
  },
};

/** The readable parameters of a native plug-in; none where its layout is unknown or the state is shorter than it. */
export function nativeParameters(internalName: string, state: Payload): DeviceParameter[] {
  const layout = LAYOUTS[internalName.toLowerCase()];
  if (layout === undefined || state.size < layout.size) return [];
  return layout.fields.map(({ id, name, at, scale = 1, unit }) => ({
    id,
    name,
    value: roundTo(state.i32(at) * scale),
    ...(unit === undefined ? {} : { unit }),
  }));
}

/** Scaling by a decimal leaves noise behind (15 * 0.1); six digits are more than any of these hold. */
function roundTo(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
