import type { DeviceParameter } from '../../core/project';

type Field = readonly [name: string, unit: string];

/** The equalisers have eight bands of four numbers, then the gain of all. A cut has a slope where the others have a gain. */
const EQ_BANDS = ['Low cut', 'Low shelf', 'Peak 1', 'Peak 2', 'Peak 3', 'Peak 4', 'High shelf', 'High cut'];

const EQ_FIELDS: readonly Field[] = [
  ...EQ_BANDS.flatMap((band): Field[] => [
    [`${band} on`, 'raw'],
    [`${band} frequency`, 'Hz'],
    band.endsWith('cut') ? [`${band} slope`, 'raw'] : [`${band} gain`, 'dB'],
    [`${band} Q`, 'raw'],
  ]),
  ['Gain', 'dB'],
];

const FIELDS: Readonly<Record<string, readonly Field[]>> = {
  'Channel EQ': EQ_FIELDS,
  'Linear EQ': EQ_FIELDS,
  Compressor: [
    ['Threshold', 'dB'],
    ['Ratio', ':1'],
    ['Attack', 'ms'],
    ['Release', 'ms'],
    ['Make-up gain', 'dB'],
    ['Knee', 'raw'],
  ],
};

/** The parameters of those of Logic's plug-ins whose order is known; see docs/formats/logicx.md. */
export function plugInParameters(name: string, values: readonly number[]): DeviceParameter[] {
  return (FIELDS[name] ?? []).flatMap(([label, unit], i) => {
    const value = values[i];
    // Stored as 32-bit numbers: 0.71 comes as 0.70999998.
    return value === undefined || !Number.isFinite(value)
      ? []
      : [{ id: String(i), name: label, value: Math.round(value * 1e4) / 1e4, unit }];
  });
}
