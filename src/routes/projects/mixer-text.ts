import type { DeviceParameter } from '$lib/core/project';
import { formatDb } from '../shell/format';

/** "-3.5 dB" of a linear gain. */
export function gainText(gain: number): string {
  return gain <= 0.0001 ? '−∞ dB' : formatDb(Math.round(200 * Math.log10(gain)) / 10);
}

/** "C", "30L", "100R" of -1..1. */
export function panText(pan: number): string {
  if (Math.abs(pan) < 0.005) return 'C';
  return `${Math.round(Math.abs(pan) * 100)}${pan < 0 ? 'L' : 'R'}`;
}

/** A parameter's value in the unit it is known in. */
export function parameterText({ value, unit }: DeviceParameter): string {
  if (unit === 'gain') return gainText(value);
  if (unit === 'dB') return formatDb(Math.round(value * 10) / 10);
  if (unit === 'Hz' && value >= 1000) return `${Math.round(value / 10) / 100} kHz`;
  if (unit === 'normalized') return `${Math.round(value * 1000) / 10} %`;
  const rounded = Math.abs(value) >= 1e6 ? '∞' : String(Math.round(value * 1000) / 1000);
  return unit === undefined || unit === 'raw' ? rounded : `${rounded} ${unit}`;
}
