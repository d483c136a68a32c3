import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import tone from '@tonejs/midi';
import { PITCH_CLASSES } from '$lib/core/pitch-classes';

/** A rendered excerpt whose key is annotated. */
export interface KeyCase {
  readonly name: string;
  readonly song: number;
  readonly wavPath: string;
  readonly tonic: number;
  readonly mode: 'major' | 'minor';
}

const EXCERPT_SECONDS = 60;
const SOUNDFONT = '/usr/share/sounds/sf2/FluidR3_GM.sf2';
/** POP909 has a melody, a bridge and a piano: the piano as it is, and a band of voice, strings, guitar and drums. */
const ARRANGEMENTS = { piano: [0, 0, 0], band: [53, 48, 25] } as const;
const FLATS: Readonly<Record<string, string>> = { Db: 'C#', Eb: 'D#', Gb: 'F#', Ab: 'G#', Bb: 'A#', Cb: 'B' };

interface Annotation {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly tonic: number;
  readonly mode: 'major' | 'minor';
}

/** Renders (once) the annotated songs of POP909 below `root`, each transposed in its own way, into `cache`. */
export function renderCases(root: string, cache: string): KeyCase[] {
  mkdirSync(cache, { recursive: true });
  return readdirSync(root).flatMap((folder) => {
    const song = Number(folder);
    const midiPath = path.join(root, folder, `${folder}.mid`);
    if (!Number.isInteger(song) || !existsSync(midiPath)) return [];
    const annotation = firstKey(readFileSync(path.join(root, folder, 'key_audio.txt'), 'utf8'));
    if (annotation === undefined) return [];
    return Object.entries(ARRANGEMENTS).map(([arrangement, programs], index) => {
      // Eleven transpositions, spread over the songs: no key of the corpus is favoured.
      const semitones = ((song * 7 + index * 5) % 11) - 5;
      const wavPath = path.join(cache, `${folder}-${arrangement}.wav`);
      if (!existsSync(wavPath)) render(midiPath, wavPath, { annotation, programs, semitones });
      const tonic = (annotation.tonic + semitones + 12) % 12;
      return { name: `${folder}-${arrangement}`, song, wavPath, tonic, mode: annotation.mode };
    });
  });
}

/** The first stretch of a song in one key that is long enough. */
function firstKey(text: string): Annotation | undefined {
  for (const line of text.trim().split('\n')) {
    const [start, end, key = ''] = line.split('\t');
    const [name = '', mode] = key.trim().split(':');
    const tonic = PITCH_CLASSES.findIndex((each) => each === (FLATS[name] ?? name));
    if (tonic < 0 || Number(end) - Number(start) < EXCERPT_SECONDS + 10) continue;
    const startSeconds = Number(start) + 5;
    const isMinor = mode === 'min';
    return {
      startSeconds,
      endSeconds: startSeconds + EXCERPT_SECONDS,
      tonic,
      mode: isMinor ? 'minor' : 'major',
    };
  }
  return undefined;
}

function render(
  midiPath: string,
  wavPath: string,
  how: {
    readonly annotation: Annotation;
    readonly programs: readonly number[];
    readonly semitones: number;
  },
): void {
  const { startSeconds, endSeconds } = how.annotation;
  const source = new tone.Midi(readFileSync(midiPath));
  const out = new tone.Midi();
  source.tracks.forEach((track, index) => {
    const copy = out.addTrack();
    copy.channel = index;
    copy.instrument.number = how.programs[index] ?? 0;
    for (const { time, duration, midi, velocity } of track.notes) {
      if (time < startSeconds || time >= endSeconds) continue;
      copy.addNote({ time: time - startSeconds, duration, midi: midi + how.semitones, velocity });
    }
  });
  if (how.programs[0] !== 0) addDrums(out);
  const midiCopy = `${wavPath}.mid`;
  writeFileSync(midiCopy, out.toArray());
  const options = ['-ni', '-q', '-g', '0.5', '-r', '44100', '-F', wavPath, SOUNDFONT, midiCopy];
  execFileSync('fluidsynth', options, { stdio: 'ignore' });
  rmSync(midiCopy);
}

/** Kick, snare and hi-hat at two beats a second: what a separation leaves of drums is louder than none. */
function addDrums(midi: tone.Midi): void {
  const drums = midi.addTrack();
  drums.channel = 9;
  for (let step = 0; step < EXCERPT_SECONDS * 4; step++) {
    const time = step / 4;
    drums.addNote({ time, midi: 42, duration: 0.1, velocity: 0.3 });
    if (step % 4 === 0) drums.addNote({ time, midi: 36, duration: 0.1, velocity: 0.5 });
    if (step % 4 === 2) drums.addNote({ time, midi: 38, duration: 0.1, velocity: 0.4 });
  }
}
