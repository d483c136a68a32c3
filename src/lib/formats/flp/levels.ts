/** FL's full fader; 12800 is 0 dB in the mixer and the top of a channel's volume knob. */
const UNITY = 12_800;
const CENTRE = 6_400;

/**
 * FL's volume law: it gives 1 at 12800 and +5.6 dB at 16000, the two values FL itself displays. The same law is assumed
 * for channels, where the default 10000 comes out at -5.2 dB as FL displays it.
 */
export function gainOf(level: number): number {
  return (11 ** (Math.min(32_000, Math.max(0, level)) / UNITY) - 1) / 10;
}

/** Channel panning: 0 left, 6400 centre, 12800 right. */
export function channelPan(value: number): number {
  return clampPan((value - CENTRE) / CENTRE);
}

/** Mixer panning: -6400 left, 0 centre, 6400 right. */
export function insertPan(value: number): number {
  return clampPan(value / CENTRE);
}

function clampPan(pan: number): number {
  return Math.min(1, Math.max(-1, pan));
}

/** Four bytes: red, green, blue, nothing. */
export function colourOf(value: number): string {
  const hex = (byte: number): string => (byte & 0xff).toString(16).padStart(2, '0');
  return `#${hex(value)}${hex(value >> 8)}${hex(value >> 16)}`;
}

const FULL_SCALE = 65_536;

/** Hz of an insert's equaliser: 10 Hz to 16 kHz on a law that gives FL's own defaults (5777: 90 Hz, 33145: 1.5 kHz, 55825: 8 kHz). */
export function insertEqHz(position: number): number {
  return roundHz(10 + 159.9 * (101 ** (position / FULL_SCALE) - 1));
}

/** Hz of a band of Parametric EQ 2: 20 Hz to 20 kHz, a third of the scale for every factor of ten. */
export function parametricEqHz(position: number): number {
  return roundHz(20 * 10 ** ((3 * position) / FULL_SCALE));
}

/** The scales are steps of less than a hundredth of a hertz at their low end. */
function roundHz(hz: number): number {
  return Math.round(hz * 100) / 100;
}
