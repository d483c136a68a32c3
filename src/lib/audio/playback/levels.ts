import type { TrackMix } from './types';

export const DEFAULT_MIX: TrackMix = { mute: false, solo: false, gainDb: 0, pan: 0 };

export function dbToGain(db: number): number {
  return 10 ** (db / 20);
}

export function gainToDb(gain: number): number {
  return 20 * Math.log10(gain);
}

/** Gains whose squares sum to one: no dip and no bump on the way. */
export function equalPower(position: number): { readonly original: number; readonly midi: number } {
  const angle = (Math.min(1, Math.max(0, position)) * Math.PI) / 2;
  // cos(pi/2) is not quite 0, and "only MIDI" means only MIDI.
  if (position >= 1) return { original: 0, midi: 1 };
  return { original: Math.cos(angle), midi: Math.sin(angle) };
}

/** Linear gain of one track among its neighbours: solo silences all that is not soloed, mute always wins. */
export function audibleGain(mix: TrackMix, anySolo: boolean): number {
  if (mix.mute || (anySolo && !mix.solo)) return 0;
  return dbToGain(mix.gainDb);
}

/** A stem that several tracks share is as loud as the loudest of them; one that none claims follows solo alone. */
export function stemGain(trackGains: readonly number[], anySolo: boolean): number {
  if (trackGains.length === 0) return anySolo ? 0 : 1;
  return Math.max(...trackGains);
}

/** Root mean square of all channels together; 0 for no samples. */
export function rmsOf(channels: readonly Float32Array[]): number {
  let sum = 0;
  let count = 0;
  for (const channel of channels) {
    for (let i = 0; i < channel.length; i++) sum += channel[i]! * channel[i]!;
    count += channel.length;
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}

const SILENCE_RMS = 1e-4;
const MAX_TRIM_DB = 18;

/** The gain that makes MIDI as loud as the original, within limits; 1 where either is silent. */
export function matchGain(originalRms: number, midiRms: number): number {
  if (originalRms < SILENCE_RMS || midiRms < SILENCE_RMS) return 1;
  const limit = dbToGain(MAX_TRIM_DB);
  return Math.min(limit, Math.max(1 / limit, originalRms / midiRms));
}
