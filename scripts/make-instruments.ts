// Renders static/instruments/ from freely licensed sounds: npx tsx scripts/make-instruments.ts
// Needs the Debian packages fluidsynth, fluid-soundfont-gm, sonic-pi-samples and ffmpeg.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeMidi, type MidiEvent } from 'midi-file';
import {
  DRUM_FILE,
  DRUM_GAP_SECONDS,
  DRUM_SOUNDS,
  TONE_BANKS,
  type DrumSound,
} from '../src/lib/audio/playback/instruments/banks';

const SOUND_FONT = '/usr/share/sounds/sf2/FluidR3_GM.sf2';
const SAMPLES = '/usr/share/sonic-pi/samples';
const RATE_HZ = 44_100;
const outDir = path.join(import.meta.dirname, '..', 'static', 'instruments');
const workDir = mkdtempSync(path.join(tmpdir(), 'instruments-'));

function ffmpeg(args: readonly string[]): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], { maxBuffer: 1 << 28 });
}

/** Any audio file as mono float samples. */
function load(file: string): Float32Array {
  const raw = ffmpeg(['-i', file, '-ac', '1', '-ar', String(RATE_HZ), '-f', 'f32le', '-']);
  return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
}

/** One note of the sound font, dry. 120 BPM, 480 ticks a quarter: 960 ticks a second. */
function note(program: number, pitch: number, seconds: number, channel: number): Float32Array {
  const events: MidiEvent[] = [
    { deltaTime: 0, type: 'programChange', channel, programNumber: program },
    { deltaTime: 0, type: 'noteOn', channel, noteNumber: pitch, velocity: 100 },
    { deltaTime: Math.round(seconds * 960), type: 'noteOff', channel, noteNumber: pitch, velocity: 0 },
    { deltaTime: 960, type: 'endOfTrack', meta: true },
  ];
  const midi = path.join(workDir, 'note.mid');
  const wav = path.join(workDir, 'note.wav');
  writeFileSync(
    midi,
    Buffer.from(writeMidi({ header: { format: 0, numTracks: 1, ticksPerBeat: 480 }, tracks: [events] })),
  );
  execFileSync('fluidsynth', [
    '-ni',
    '-q',
    '-R',
    '0',
    '-C',
    '0',
    '-g',
    '0.8',
    '-r',
    String(RATE_HZ),
    '-F',
    wav,
    SOUND_FONT,
    midi,
  ]);
  return load(wav);
}

/** Starts at the attack, lasts `seconds`, fades out at the end and peaks at `peak`. */
function shaped(samples: Float32Array, seconds: number, peak: number, fadeSeconds: number): Float32Array {
  const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const attack = Math.max(0, samples.findIndex((value) => Math.abs(value) > loudest * 0.01) - 32);
  const length = Math.round(seconds * RATE_HZ);
  const fade = Math.round(fadeSeconds * RATE_HZ);
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const fadeGain = Math.min(1, (length - i) / fade);
    out[i] = ((samples[attack + i] ?? 0) * fadeGain * peak) / loudest;
  }
  return out;
}

function encode(
  slots: readonly { samples: Float32Array; slotSeconds: number }[],
  file: string,
  kbps: number,
): void {
  const lengths = slots.map((slot) => Math.round(slot.slotSeconds * RATE_HZ));
  const all = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  slots.forEach((slot, i) => {
    all.set(slot.samples.subarray(0, lengths[i]), at);
    at += lengths[i]!;
  });
  const raw = path.join(workDir, 'all.f32');
  writeFileSync(raw, Buffer.from(all.buffer));
  const input = ['-f', 'f32le', '-ar', String(RATE_HZ), '-ac', '1', '-i', raw];
  ffmpeg([
    ...input,
    '-c:a',
    'libmp3lame',
    '-b:a',
    `${kbps}k`,
    '-map_metadata',
    '-1',
    path.join(outDir, file),
  ]);
  console.log(file, statSync(path.join(outDir, file)).size, 'bytes');
}

function drum(sound: DrumSound): Float32Array {
  const { source, lengthSeconds } = sound;
  const raw =
    typeof source === 'string'
      ? load(path.join(SAMPLES, `${source}.flac`))
      : note(0, source, lengthSeconds, 9);
  return shaped(raw, lengthSeconds, 0.9, lengthSeconds * 0.3);
}

mkdirSync(outDir, { recursive: true });
for (const bank of Object.values(TONE_BANKS)) {
  const seconds = bank.slotSeconds - 0.1;
  const slots = bank.pitches.map((pitch) => ({
    samples: shaped(note(bank.program, pitch, seconds, 0), seconds, 0.8, 0.3),
    slotSeconds: bank.slotSeconds,
  }));
  encode(slots, bank.file, 56);
}
encode(
  DRUM_SOUNDS.map((sound) => ({ samples: drum(sound), slotSeconds: sound.lengthSeconds + DRUM_GAP_SECONDS })),
  DRUM_FILE,
  96,
);

const cc0 = DRUM_SOUNDS.filter((sound) => typeof sound.source === 'string').map(
  (sound) => `${sound.name} (${sound.source})`,
);
const mit = readFileSync('/usr/share/doc/fluid-soundfont-gm/copyright', 'utf8');
const notice = mit.slice(
  mit.indexOf(' Permission is hereby granted'),
  mit.indexOf('SOFTWARE.', mit.indexOf('NONINFRINGEMENT')) + 9,
);
writeFileSync(
  path.join(outDir, 'LICENSE'),
  `The sounds in this folder were rendered by scripts/make-instruments.ts.

1. ${DRUM_FILE}: ${cc0.join(', ')}
   come from the samples of Sonic Pi, all placed in the public domain by their authors on freesound.org
   (CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/).

2. The other sounds of ${DRUM_FILE} and ${Object.values(TONE_BANKS)
    .map((bank) => bank.file)
    .join(', ')}
   were rendered from the Fluid (R3) General MIDI sound font:
   Copyright (c) 2000-2002, 2008 Frank Wen <getfrank@gmail.com>, Copyright (c) 2008 Toby Smithe

${notice
  .split('\n')
  .map((line) => `  ${line}`.trimEnd())
  .join('\n')}
`,
);
rmSync(workDir, { recursive: true });
