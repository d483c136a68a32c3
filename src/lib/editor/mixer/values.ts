/** The fader's travel: a little more room around 0 dB than at the quiet end. */
const MIN_GAIN_DB = -60;
const MAX_GAIN_DB = 12;
const UNITY_AT = 0.78;

/** Fader position 0-1 of a gain; the very bottom is silence. */
export function faderOf(gainDb: number): number {
  if (gainDb <= MIN_GAIN_DB) return 0;
  if (gainDb >= 0) return UNITY_AT + (Math.min(gainDb, MAX_GAIN_DB) / MAX_GAIN_DB) * (1 - UNITY_AT);
  return UNITY_AT * (1 - gainDb / MIN_GAIN_DB) ** 1.6;
}

/** The inverse of {@link faderOf}, to a tenth of a decibel. */
export function gainOfFader(position: number): number {
  if (position <= 0.004) return -Infinity;
  const db =
    position >= UNITY_AT
      ? ((position - UNITY_AT) / (1 - UNITY_AT)) * MAX_GAIN_DB
      : MIN_GAIN_DB * (1 - (position / UNITY_AT) ** (1 / 1.6));
  return Math.round(db * 10) / 10;
}

/** "-3.5", "+2", "-∞". */
export function gainText(gainDb: number): string {
  if (gainDb <= MIN_GAIN_DB) return '-∞';
  return `${gainDb > 0 ? '+' : ''}${Math.round(gainDb * 10) / 10}`;
}

/** What a user types into a gain field: "-6", "-6 dB", "-inf". Undefined where it is no level. */
export function parseGain(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/\s*db$/i, '')
    .replace('−', '-')
    .replace(',', '.');
  if (/^-?\s*(∞|inf(inity)?)$/i.test(plain)) return -Infinity;
  if (!/^[+-]?\d+(\.\d+)?$/.test(plain)) return undefined;
  return Math.min(MAX_GAIN_DB, Math.max(MIN_GAIN_DB, Number(plain)));
}

/** "C", "30 L", "100 R". */
export function panText(pan: number): string {
  const percent = Math.round(Math.abs(pan) * 100);
  return percent === 0 ? 'C' : `${percent} ${pan < 0 ? 'L' : 'R'}`;
}

/** "C", "30 L", "L30", "-30", "0.3"-less: whole percent. Undefined where it is no place. */
export function parsePan(text: string): number | undefined {
  const plain = text.trim().toUpperCase();
  if (plain === 'C' || plain === '0') return 0;
  const match = /^([LR+-]?)\s*(\d{1,3})\s*%?\s*([LR]?)$/.exec(plain);
  if (match === null) return undefined;
  const isLeft = match[1] === 'L' || match[1] === '-' || match[3] === 'L';
  return (Math.min(100, Number(match[2])) / 100) * (isLeft ? -1 : 1);
}

/** Share of the meter that a level fills: 60 dB of range. */
export function meterShare(levelDb: number): number {
  return Math.min(1, Math.max(0, 1 + levelDb / 60));
}
