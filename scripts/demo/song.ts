// The demo song as a score: "Corner Light", 96 BPM, 12 bars in A minor. Composed for LoopMind.
// Positions are sixteenths in a bar (0-15), lengths are sixteenths.

export const TEMPO_BPM = 96;
const BARS = 12;
const STEP_SECONDS = 60 / TEMPO_BPM / 4;
/** Off-beat sixteenths come late, as on the drum machines of the genre. */
const SWING = 0.1;

interface ScoreNote {
  readonly startSeconds: number;
  readonly durationSeconds: number;
  readonly pitch: number;
  /** 0-1. */
  readonly velocity: number;
}

export interface ScoreTrack {
  readonly name: string;
  readonly program: number;
  readonly channel: number;
  readonly notes: readonly ScoreNote[];
}

/** Repeatable: the same song every time it is rendered. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = makeRandom(96);
const human = (spread: number): number => (random() + random() - 1) * spread;

function place(bar: number, step: number, length: number, pitch: number, velocity: number): ScoreNote {
  const swung = step + (Math.floor(step) % 2 === 1 ? SWING : 0);
  const startSeconds = Math.max(0, (bar * 16 + swung) * STEP_SECONDS + human(0.004));
  return {
    startSeconds,
    durationSeconds: length * STEP_SECONDS * 0.94,
    pitch,
    velocity: Math.min(1, Math.max(0.15, velocity + human(0.05))),
  };
}

const KICK = 36;
const SNARE = 38;
const CLOSED_HAT = 42;
const OPEN_HAT = 46;
const CRASH = 49;
const TOMS = [48, 45, 43] as const;

const KICKS: readonly (readonly number[])[] = [
  [0, 7, 10],
  [0, 3, 10],
  [0, 7, 10],
  [0, 6, 10, 13],
];

function drums(): ScoreNote[] {
  const notes: ScoreNote[] = [];
  const hit = (bar: number, step: number, pitch: number, velocity: number): void => {
    notes.push({ ...place(bar, step, 1, pitch, velocity), durationSeconds: 0.1 });
  };
  for (let bar = 0; bar < BARS; bar++) {
    const isFill = bar === 7 || bar === BARS - 1;
    for (const step of KICKS[bar % 4]!)
      if (!isFill || step < 10) hit(bar, step, KICK, step === 0 ? 0.95 : 0.82);
    hit(bar, 4, SNARE, 0.9);
    if (!isFill) hit(bar, 12, SNARE, 0.94);
    if (bar % 4 === 3 && !isFill) hit(bar, 15, SNARE, 0.42);
    for (let step = 0; step < (isFill ? 10 : 16); step += 2) {
      const opens = step === 14 && bar % 2 === 1;
      if (!(step === 0 && (bar === 4 || bar === 8)))
        hit(bar, step, opens ? OPEN_HAT : CLOSED_HAT, step % 4 === 0 ? 0.72 : 0.5);
    }
    if (bar >= 4 && !isFill) hit(bar, 7, CLOSED_HAT, 0.34);
    if (bar === 4 || bar === 8) hit(bar, 0, CRASH, 0.8);
    if (!isFill) continue;
    [10, 11, 12].forEach((step) => hit(bar, step, SNARE, 0.55 + 0.1 * (step - 10)));
    TOMS.forEach((pitch, i) => hit(bar, 13 + i, pitch, 0.8));
  }
  return notes;
}

/** Am9, Fmaj7, Dm9, E7: one a bar. */
const CHORDS: readonly (readonly number[])[] = [
  [57, 60, 64, 71],
  [57, 60, 64, 65],
  [53, 57, 60, 64],
  [56, 59, 62, 64],
];

function keys(): ScoreNote[] {
  const notes: ScoreNote[] = [];
  for (let bar = 0; bar < BARS; bar++) {
    const stabs =
      bar % 2 === 0
        ? [
            [0, 5],
            [6, 3],
            [11, 4],
          ]
        : [
            [0, 5],
            [6, 6],
            [14, 2],
          ];
    for (const [step, length] of stabs) {
      for (const pitch of CHORDS[bar % 4]!)
        notes.push(place(bar, step!, length!, pitch, step === 0 ? 0.68 : 0.55));
    }
  }
  return notes;
}

/** [step, length, pitch] a bar. */
const BASS_LINES: readonly (readonly (readonly [number, number, number])[])[] = [
  [
    [0, 5, 33],
    [7, 2, 33],
    [10, 3, 40],
    [14, 2, 36],
  ],
  [
    [0, 3, 29],
    [3, 3, 29],
    [10, 3, 36],
    [14, 2, 28],
  ],
  [
    [0, 5, 38],
    [7, 2, 38],
    [10, 3, 33],
    [14, 2, 29],
  ],
  [
    [0, 5, 28],
    [6, 3, 28],
    [10, 2, 35],
    [13, 2, 32],
  ],
];

function bass(): ScoreNote[] {
  const notes: ScoreNote[] = [];
  for (let bar = 0; bar < BARS; bar++) {
    for (const [step, length, pitch] of BASS_LINES[bar % 4]!)
      notes.push(place(bar, step, length, pitch, 0.8));
  }
  return notes;
}

/** The tune, from bar 5 on: [bar, step, length, pitch]. */
const LEAD: readonly (readonly [number, number, number, number])[] = [
  [4, 2, 2, 76],
  [4, 4, 3, 79],
  [4, 7, 3, 76],
  [4, 10, 2, 74],
  [4, 12, 4, 72],
  [5, 2, 2, 72],
  [5, 4, 3, 74],
  [5, 7, 5, 76],
  [5, 13, 3, 69],
  [6, 2, 2, 74],
  [6, 4, 3, 77],
  [6, 7, 3, 76],
  [6, 10, 2, 74],
  [6, 12, 4, 72],
  [7, 2, 4, 71],
  [7, 6, 6, 68],
  [8, 0, 2, 76],
  [8, 2, 2, 79],
  [8, 4, 5, 81],
  [8, 10, 2, 79],
  [8, 12, 4, 76],
  [9, 2, 2, 77],
  [9, 4, 3, 76],
  [9, 7, 5, 72],
  [9, 13, 3, 69],
  [10, 0, 3, 74],
  [10, 3, 3, 77],
  [10, 6, 4, 81],
  [10, 11, 2, 79],
  [10, 13, 3, 77],
  [11, 0, 4, 76],
  [11, 4, 5, 71],
  [11, 10, 6, 69],
];

function lead(): ScoreNote[] {
  return LEAD.map(([bar, step, length, pitch]) => place(bar, step, length, pitch, 0.78));
}

const byStart = (notes: readonly ScoreNote[]): ScoreNote[] =>
  [...notes].sort((a, b) => a.startSeconds - b.startSeconds || a.pitch - b.pitch);

/** All tracks; drums on channel 10 (index 9) in General MIDI notes. */
export function composeSong(): ScoreTrack[] {
  return [
    { name: 'Drums', program: 0, channel: 9, notes: byStart(drums()) },
    { name: 'Bass', program: 33, channel: 0, notes: byStart(bass()) },
    { name: 'Piano', program: 0, channel: 1, notes: byStart(keys()) },
    { name: 'Flute', program: 73, channel: 2, notes: byStart(lead()) },
  ];
}
