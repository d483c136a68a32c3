/**
 * The sampled instruments. Each bank is one file of equally long slots, one note a slot, played at nominal pitch;
 * `scripts/make-instruments.ts` renders the files from this table.
 */
export interface ToneBank {
  readonly file: string;
  /** General MIDI program the samples were rendered from. */
  readonly program: number;
  readonly slotSeconds: number;
  /** MIDI pitch of each slot. */
  readonly pitches: readonly number[];
  /** How long a released note rings on. */
  readonly releaseSeconds: number;
}

export const TONE_BANKS = {
  piano: {
    file: 'piano.mp3',
    program: 0,
    slotSeconds: 2.8,
    pitches: [33, 45, 54, 63, 72, 81, 93],
    releaseSeconds: 0.25,
  },
  electricPiano: {
    file: 'electric-piano.mp3',
    program: 4,
    slotSeconds: 2.2,
    pitches: [36, 48, 60, 72, 84],
    releaseSeconds: 0.2,
  },
  acousticGuitar: {
    file: 'acoustic-guitar.mp3',
    program: 25,
    slotSeconds: 2,
    pitches: [43, 52, 61, 70, 79],
    releaseSeconds: 0.12,
  },
  electricGuitar: {
    file: 'electric-guitar.mp3',
    program: 27,
    slotSeconds: 2,
    pitches: [43, 52, 61, 70, 79],
    releaseSeconds: 0.1,
  },
  bass: {
    file: 'bass.mp3',
    program: 33,
    slotSeconds: 1.8,
    pitches: [28, 35, 42, 49],
    releaseSeconds: 0.08,
  },
} as const satisfies Readonly<Record<string, ToneBank>>;

export type ToneBankName = keyof typeof TONE_BANKS;

export interface DrumSound {
  readonly name: string;
  /** Where it comes from: a CC0 sample by name, or a key of the FluidR3 drum kit. */
  readonly source: string | number;
  readonly lengthSeconds: number;
  /** Linear, against the other sounds of the kit; each is normalised to one peak first. */
  readonly gain: number;
}

export const DRUM_FILE = 'drums.mp3';

/** In the order of the file; a slot is `lengthSeconds` and a tenth of a second of silence. */
export const DRUM_SOUNDS = [
  { name: 'kick', source: 'drum_heavy_kick', lengthSeconds: 0.45, gain: 1 },
  { name: 'snare', source: 'drum_snare_hard', lengthSeconds: 0.45, gain: 0.85 },
  { name: 'snare2', source: 'sn_dolf', lengthSeconds: 0.4, gain: 0.8 },
  { name: 'rim', source: 37, lengthSeconds: 0.2, gain: 0.6 },
  { name: 'clap', source: 39, lengthSeconds: 0.35, gain: 0.75 },
  { name: 'closedHat', source: 'drum_cymbal_closed', lengthSeconds: 0.25, gain: 0.42 },
  { name: 'pedalHat', source: 'drum_cymbal_pedal', lengthSeconds: 0.3, gain: 0.4 },
  { name: 'openHat', source: 'drum_cymbal_open', lengthSeconds: 1, gain: 0.42 },
  { name: 'lowTom', source: 'drum_tom_lo_hard', lengthSeconds: 0.7, gain: 0.8 },
  { name: 'midTom', source: 'drum_tom_mid_hard', lengthSeconds: 0.7, gain: 0.8 },
  { name: 'highTom', source: 'drum_tom_hi_hard', lengthSeconds: 0.6, gain: 0.8 },
  { name: 'crash', source: 'drum_cymbal_hard', lengthSeconds: 1.8, gain: 0.6 },
  { name: 'splash', source: 'drum_splash_hard', lengthSeconds: 1, gain: 0.55 },
  { name: 'ride', source: 51, lengthSeconds: 1.4, gain: 0.45 },
  { name: 'rideBell', source: 53, lengthSeconds: 1.2, gain: 0.45 },
  { name: 'tambourine', source: 54, lengthSeconds: 0.4, gain: 0.4 },
  { name: 'cowbell', source: 56, lengthSeconds: 0.3, gain: 0.5 },
  { name: 'conga', source: 63, lengthSeconds: 0.4, gain: 0.65 },
  { name: 'shaker', source: 70, lengthSeconds: 0.2, gain: 0.4 },
] as const satisfies readonly DrumSound[];

export type DrumSoundName = (typeof DRUM_SOUNDS)[number]['name'];

export const DRUM_GAP_SECONDS = 0.1;

/** What a General MIDI drum note sounds like: a sound of the kit, perhaps at another speed. */
export interface DrumVoice {
  readonly sound: DrumSoundName;
  readonly rate: number;
  /** Sounds of one group cut each other off, as the two states of a hi-hat do. */
  readonly choke?: 'hat';
}

const DRUM_VOICES: Readonly<Record<number, DrumVoice>> = {
  35: { sound: 'kick', rate: 0.92 },
  36: { sound: 'kick', rate: 1 },
  37: { sound: 'rim', rate: 1 },
  38: { sound: 'snare', rate: 1 },
  39: { sound: 'clap', rate: 1 },
  40: { sound: 'snare2', rate: 1 },
  41: { sound: 'lowTom', rate: 0.85 },
  42: { sound: 'closedHat', rate: 1, choke: 'hat' },
  43: { sound: 'lowTom', rate: 1 },
  44: { sound: 'pedalHat', rate: 1, choke: 'hat' },
  45: { sound: 'midTom', rate: 0.92 },
  46: { sound: 'openHat', rate: 1, choke: 'hat' },
  47: { sound: 'midTom', rate: 1 },
  48: { sound: 'highTom', rate: 0.94 },
  49: { sound: 'crash', rate: 1 },
  50: { sound: 'highTom', rate: 1.06 },
  51: { sound: 'ride', rate: 1 },
  52: { sound: 'crash', rate: 0.85 },
  53: { sound: 'rideBell', rate: 1 },
  54: { sound: 'tambourine', rate: 1 },
  55: { sound: 'splash', rate: 1 },
  56: { sound: 'cowbell', rate: 1 },
  57: { sound: 'crash', rate: 1.1 },
  59: { sound: 'ride', rate: 1.08 },
  60: { sound: 'conga', rate: 1.5 },
  61: { sound: 'conga', rate: 1.2 },
  62: { sound: 'conga', rate: 1.05 },
  63: { sound: 'conga', rate: 1 },
  64: { sound: 'conga', rate: 0.8 },
  69: { sound: 'shaker', rate: 0.9 },
  70: { sound: 'shaker', rate: 1 },
  75: { sound: 'rim', rate: 1.4 },
};

/** The voice of a drum note; a note the kit lacks is a rim click, so that nothing is silent. */
export function drumVoice(pitch: number): DrumVoice {
  return DRUM_VOICES[pitch] ?? { sound: 'rim', rate: 1 };
}

/** Start of each drum sound in the file. */
export function drumSlots(): ReadonlyMap<
  DrumSoundName,
  { readonly startSeconds: number; readonly sound: DrumSound }
> {
  const slots = new Map<DrumSoundName, { startSeconds: number; sound: DrumSound }>();
  let startSeconds = 0;
  for (const sound of DRUM_SOUNDS) {
    slots.set(sound.name, { startSeconds, sound });
    startSeconds += sound.lengthSeconds + DRUM_GAP_SECONDS;
  }
  return slots;
}
