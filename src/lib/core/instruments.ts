/** Families share a colour, a synth and a place in the scores. */
export const FAMILIES = [
  'drums',
  'bass',
  'keys',
  'guitar',
  'strings_pads',
  'winds_leads',
  'voice',
  'other',
] as const;
export type InstrumentFamily = (typeof FAMILIES)[number];

const DEFAULT_PROGRAM: Readonly<Record<InstrumentFamily, number>> = {
  drums: 0,
  bass: 33,
  keys: 0,
  guitar: 25,
  strings_pads: 48,
  winds_leads: 80,
  voice: 53,
  other: 96,
};

const FAMILY_NAME: Readonly<Record<InstrumentFamily, string>> = {
  drums: 'Drums',
  bass: 'Bass',
  keys: 'Keys',
  guitar: 'Guitar',
  strings_pads: 'Strings & pads',
  winds_leads: 'Winds & leads',
  voice: 'Vocals',
  other: 'Other',
};

/** General MIDI program 0-127 that stands for a family. */
export function defaultProgram(family: InstrumentFamily): number {
  return DEFAULT_PROGRAM[family];
}

export function familyName(family: InstrumentFamily): string {
  return FAMILY_NAME[family];
}

/** The family a General MIDI program (0-127) belongs to. */
export function familyOfProgram(program: number): InstrumentFamily {
  if (program < 24) return 'keys';
  if (program < 32) return 'guitar';
  if (program < 40) return 'bass';
  if (program < 52) return 'strings_pads';
  if (program < 55) return 'voice';
  if (program === 55) return 'strings_pads';
  if (program < 88) return 'winds_leads';
  if (program < 96) return 'strings_pads';
  return 'other';
}
