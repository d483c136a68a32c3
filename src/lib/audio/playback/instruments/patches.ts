import type { InstrumentFamily } from '../../../core/instruments';
import type { ToneBankName } from './banks';

interface PatchOscillator {
  readonly wave: OscillatorType;
  readonly detuneCents: number;
  readonly gain: number;
}

/** A synthesiser sound. Times are seconds. */
export interface SynthPatch {
  readonly oscillators: readonly PatchOscillator[];
  /** One sine that modulates the others: ratio of its frequency, depth in multiples of it, decay of the depth. */
  readonly fm?: { readonly ratio: number; readonly index: number; readonly decay: number };
  readonly filter?: {
    readonly cutoffHz: number;
    /** Octaves the cut-off rises at the attack. */
    readonly sweepOctaves: number;
    readonly decay: number;
    readonly q: number;
    /** 0 fixed, 1 the cut-off follows the pitch (relative to C4). */
    readonly tracking: number;
  };
  /** Two resonances that make a vowel. */
  readonly formantsHz?: readonly [number, number];
  readonly attack: number;
  readonly decay: number;
  readonly sustain: number;
  readonly release: number;
  readonly vibrato?: { readonly hz: number; readonly cents: number; readonly delay: number };
  readonly gain: number;
}

export type Voicing =
  | { readonly kind: 'sampled'; readonly bank: ToneBankName; readonly room: number }
  | { readonly kind: 'synth'; readonly patch: SynthPatch; readonly room: number }
  | { readonly kind: 'drums'; readonly room: number };

const osc = (wave: OscillatorType, gain: number, detuneCents = 0): PatchOscillator => ({
  wave,
  gain,
  detuneCents,
});

const PATCHES = {
  synthBass: {
    oscillators: [osc('sawtooth', 0.6), osc('square', 0.35, -1200)],
    filter: { cutoffHz: 320, sweepOctaves: 2.2, decay: 0.18, q: 3, tracking: 0.4 },
    attack: 0.004,
    decay: 0.25,
    sustain: 0.75,
    release: 0.06,
    gain: 0.55,
  },
  subBass: {
    oscillators: [osc('sine', 1), osc('triangle', 0.25)],
    attack: 0.005,
    decay: 0.5,
    sustain: 0.8,
    release: 0.08,
    gain: 0.7,
  },
  organ: {
    oscillators: [osc('sine', 0.6), osc('sine', 0.4, 1200), osc('sine', 0.25, 1902), osc('sine', 0.15, 2400)],
    attack: 0.008,
    decay: 0.05,
    sustain: 0.95,
    release: 0.06,
    vibrato: { hz: 6, cents: 6, delay: 0 },
    gain: 0.32,
  },
  bell: {
    oscillators: [osc('sine', 1)],
    fm: { ratio: 3.5, index: 2.2, decay: 0.5 },
    attack: 0.002,
    decay: 1.1,
    sustain: 0,
    release: 0.4,
    gain: 0.4,
  },
  harpsichord: {
    oscillators: [osc('sawtooth', 0.5), osc('square', 0.2, 1200)],
    filter: { cutoffHz: 1600, sweepOctaves: 2, decay: 0.3, q: 0.7, tracking: 0.7 },
    attack: 0.002,
    decay: 0.8,
    sustain: 0.05,
    release: 0.08,
    gain: 0.35,
  },
  strings: {
    oscillators: [osc('sawtooth', 0.4, -7), osc('sawtooth', 0.4, 6), osc('sawtooth', 0.25, 1200)],
    filter: { cutoffHz: 1800, sweepOctaves: 0.5, decay: 0.6, q: 0.5, tracking: 0.5 },
    attack: 0.09,
    decay: 0.4,
    sustain: 0.85,
    release: 0.25,
    vibrato: { hz: 5.2, cents: 7, delay: 0.35 },
    gain: 0.24,
  },
  pad: {
    oscillators: [osc('sawtooth', 0.4, -9), osc('triangle', 0.5), osc('sawtooth', 0.4, 9)],
    filter: { cutoffHz: 900, sweepOctaves: 0.8, decay: 1.2, q: 0.6, tracking: 0.5 },
    attack: 0.16,
    decay: 0.8,
    sustain: 0.8,
    release: 0.45,
    gain: 0.3,
  },
  brass: {
    oscillators: [osc('sawtooth', 0.6), osc('sawtooth', 0.4, 8)],
    filter: { cutoffHz: 700, sweepOctaves: 1.8, decay: 0.25, q: 0.8, tracking: 0.8 },
    attack: 0.03,
    decay: 0.2,
    sustain: 0.8,
    release: 0.09,
    gain: 0.32,
  },
  reed: {
    oscillators: [osc('square', 0.45), osc('sawtooth', 0.3, 3)],
    filter: { cutoffHz: 1400, sweepOctaves: 0.7, decay: 0.2, q: 0.9, tracking: 0.7 },
    attack: 0.03,
    decay: 0.15,
    sustain: 0.85,
    release: 0.08,
    vibrato: { hz: 5.4, cents: 10, delay: 0.25 },
    gain: 0.28,
  },
  flute: {
    oscillators: [osc('sine', 0.8), osc('triangle', 0.3), osc('sine', 0.1, 1200)],
    attack: 0.04,
    decay: 0.15,
    sustain: 0.85,
    release: 0.1,
    vibrato: { hz: 5, cents: 11, delay: 0.2 },
    gain: 0.42,
  },
  squareLead: {
    oscillators: [osc('square', 0.5), osc('square', 0.25, 7)],
    filter: { cutoffHz: 2600, sweepOctaves: 1, decay: 0.3, q: 1, tracking: 0.5 },
    attack: 0.005,
    decay: 0.2,
    sustain: 0.75,
    release: 0.08,
    gain: 0.26,
  },
  sawLead: {
    oscillators: [osc('sawtooth', 0.45, -6), osc('sawtooth', 0.45, 6)],
    filter: { cutoffHz: 2800, sweepOctaves: 1.2, decay: 0.3, q: 1.2, tracking: 0.5 },
    attack: 0.005,
    decay: 0.25,
    sustain: 0.75,
    release: 0.1,
    gain: 0.27,
  },
  voice: {
    oscillators: [osc('sawtooth', 0.5, -4), osc('sawtooth', 0.5, 4)],
    formantsHz: [760, 1180],
    attack: 0.05,
    decay: 0.2,
    sustain: 0.9,
    release: 0.12,
    vibrato: { hz: 5.3, cents: 16, delay: 0.25 },
    gain: 0.75,
  },
  pluck: {
    oscillators: [osc('triangle', 0.7), osc('sawtooth', 0.2, 5)],
    filter: { cutoffHz: 1500, sweepOctaves: 2, decay: 0.15, q: 1, tracking: 0.6 },
    attack: 0.002,
    decay: 0.5,
    sustain: 0.1,
    release: 0.15,
    gain: 0.42,
  },
} as const satisfies Readonly<Record<string, SynthPatch>>;

const synth = (name: keyof typeof PATCHES, room: number): Voicing => ({
  kind: 'synth',
  patch: PATCHES[name],
  room,
});
const sampled = (bank: ToneBankName, room: number): Voicing => ({ kind: 'sampled', bank, room });

/** By family, then by General MIDI program within it. A program of another family gets the family's typical sound. */
export function voicingOf(family: InstrumentFamily, program: number, isDrum: boolean): Voicing {
  if (isDrum || family === 'drums') return { kind: 'drums', room: 0.25 };
  switch (family) {
    case 'bass':
      if (program === 38) return synth('synthBass', 0);
      if (program === 39) return synth('subBass', 0);
      return sampled('bass', 0.05);
    case 'keys':
      if (program === 4 || program === 5) return sampled('electricPiano', 0.5);
      if (program === 6 || program === 7) return synth('harpsichord', 0.5);
      if (program >= 8 && program <= 15) return synth('bell', 0.8);
      if (program >= 16 && program <= 23) return synth('organ', 0.4);
      return sampled('piano', 0.5);
    case 'guitar':
      return program >= 26 && program <= 31 ? sampled('electricGuitar', 0.4) : sampled('acousticGuitar', 0.4);
    case 'strings_pads':
      if (program === 45 || program === 46) return synth('pluck', 0.8);
      return program >= 88 && program <= 95 ? synth('pad', 1) : synth('strings', 0.9);
    case 'winds_leads':
      if (program >= 56 && program <= 63) return synth('brass', 0.6);
      if (program >= 64 && program <= 71) return synth('reed', 0.6);
      if (program >= 72 && program <= 79) return synth('flute', 0.7);
      return program === 80 ? synth('squareLead', 0.5) : synth('sawLead', 0.5);
    case 'voice':
      return synth('voice', 0.8);
    case 'other':
      return synth('pluck', 0.7);
  }
}
