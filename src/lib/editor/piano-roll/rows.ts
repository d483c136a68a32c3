/** The vertical axis of an editor: what each row means. */
export interface RowAxis {
  readonly count: number;
  readonly rowOfPitch: (pitch: number) => number;
  readonly pitchOfRow: (row: number) => number;
  /** Shown at the left of a row and used in announcements. */
  readonly label: (pitch: number) => string;
  /** Darker rows: black keys, or every second lane. */
  readonly isDark: (row: number) => boolean;
  readonly isDrum: boolean;
}

const NAMES = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'] as const;
const BLACK = new Set([1, 3, 6, 8, 10]);

/** "C4" is MIDI 60. */
export function pitchName(pitch: number): string {
  return `${NAMES[((pitch % 12) + 12) % 12]!}${Math.floor(pitch / 12) - 1}`;
}

function isBlackKey(pitch: number): boolean {
  return BLACK.has(((pitch % 12) + 12) % 12);
}

/** One row a semitone, high pitches at the top. */
export const PIANO_ROWS: RowAxis = {
  count: 128,
  rowOfPitch: (pitch) => 127 - pitch,
  pitchOfRow: (row) => 127 - row,
  label: pitchName,
  isDark: (row) => isBlackKey(127 - row),
  isDrum: false,
};

/** General MIDI percussion, as the lanes call it. */
const DRUM_NAMES: Readonly<Record<number, string>> = {
  35: 'Kick 2',
  36: 'Kick',
  37: 'Rimshot',
  38: 'Snare',
  39: 'Clap',
  40: 'Snare 2',
  41: 'Low tom 2',
  42: 'Closed hat',
  43: 'Low tom',
  44: 'Pedal hat',
  45: 'Mid tom',
  46: 'Open hat',
  47: 'Mid tom 2',
  48: 'High tom',
  49: 'Crash',
  50: 'High tom 2',
  51: 'Ride',
  52: 'China',
  53: 'Ride bell',
  54: 'Tambourine',
  55: 'Splash',
  56: 'Cowbell',
  57: 'Crash 2',
  58: 'Vibraslap',
  59: 'Ride 2',
  60: 'High bongo',
  61: 'Low bongo',
  62: 'Muted conga',
  63: 'High conga',
  64: 'Low conga',
  69: 'Cabasa',
  70: 'Maracas',
  75: 'Claves',
};

/** Top to bottom as a drummer reads it: metal above skins above the kick. */
const DRUM_ORDER = [
  57, 49, 55, 52, 53, 59, 51, 46, 44, 42, 54, 56, 70, 69, 75, 58, 50, 48, 47, 45, 43, 41, 60, 61, 62, 63, 64,
  39, 37, 40, 38, 35, 36,
] as const;

/** Lanes that are always there, so that a missing sound can be drawn in. */
const ALWAYS = new Set([36, 38, 39, 42, 46, 45, 49, 51]);

function drumName(pitch: number): string {
  return DRUM_NAMES[pitch] ?? `Drum ${pitch}`;
}

/** One lane for each drum sound that occurs, beside the eight every kit has. */
export function drumRows(usedPitches: readonly number[]): RowAxis {
  const used = new Set(usedPitches);
  const pitches: number[] = DRUM_ORDER.filter((pitch) => used.has(pitch) || ALWAYS.has(pitch));
  const known = new Set<number>(DRUM_ORDER);
  const extra = [...used].filter((pitch) => !known.has(pitch)).sort((a, b) => b - a);
  pitches.unshift(...extra);
  const rows = new Map(pitches.map((pitch, row) => [pitch, row]));
  return {
    count: pitches.length,
    rowOfPitch: (pitch) => rows.get(pitch) ?? 0,
    pitchOfRow: (row) => pitches[Math.min(pitches.length - 1, Math.max(0, row))] ?? 36,
    label: drumName,
    isDark: (row) => row % 2 === 1,
    isDrum: true,
  };
}
