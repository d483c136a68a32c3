// Composes and renders static/demo/ and its truth: npx tsx scripts/make-demo-song.ts
// Needs the Debian packages fluidsynth, fluid-soundfont-gm, sonic-pi-samples and ffmpeg.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeMidi, type MidiEvent } from 'midi-file';
import { composeSong, TEMPO_BPM, type ScoreTrack } from './demo/song';

const SOUND_FONT = '/usr/share/sounds/sf2/FluidR3_GM.sf2';
const SAMPLES = '/usr/share/sonic-pi/samples';
const RATE_HZ = 44_100;
const TICKS_PER_QUARTER = 960;
const LENGTH_SECONDS = 31.6;
const root = path.join(import.meta.dirname, '..');
const workDir = mkdtempSync(path.join(tmpdir(), 'demo-song-'));

/** Interleaved stereo. */
type Stereo = Float32Array<ArrayBuffer>;
const frames = Math.round(LENGTH_SECONDS * RATE_HZ);

function decode(file: string, filters = 'anull'): Stereo {
  const args = [
    '-v',
    'error',
    '-i',
    file,
    '-af',
    filters,
    '-ac',
    '2',
    '-ar',
    String(RATE_HZ),
    '-f',
    'f32le',
    '-',
  ];
  const raw = execFileSync('ffmpeg', args, { maxBuffer: 1 << 28 });
  return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength) as ArrayBuffer);
}

function toMidi(tracks: readonly ScoreTrack[]): Buffer {
  const ticks = (seconds: number): number => Math.round((seconds * TEMPO_BPM * TICKS_PER_QUARTER) / 60);
  const conductor: MidiEvent[] = [
    { deltaTime: 0, type: 'setTempo', meta: true, microsecondsPerBeat: 60_000_000 / TEMPO_BPM },
    {
      deltaTime: 0,
      type: 'timeSignature',
      meta: true,
      numerator: 4,
      denominator: 4,
      metronome: 24,
      thirtyseconds: 8,
    },
    { deltaTime: 0, type: 'endOfTrack', meta: true },
  ];
  const parts = tracks.map(({ name, program, channel, notes }): MidiEvent[] => {
    const moments = notes.flatMap(({ startSeconds, durationSeconds, pitch, velocity }) => [
      { tick: ticks(startSeconds), on: true, pitch, velocity: Math.round(velocity * 127) },
      { tick: ticks(startSeconds + durationSeconds), on: false, pitch, velocity: 0 },
    ]);
    moments.sort((a, b) => a.tick - b.tick || Number(a.on) - Number(b.on));
    const events: MidiEvent[] = [
      { deltaTime: 0, type: 'trackName', meta: true, text: name },
      { deltaTime: 0, type: 'programChange', channel, programNumber: program },
    ];
    let now = 0;
    for (const { tick, on, pitch, velocity } of moments) {
      events.push({
        deltaTime: tick - now,
        type: on ? 'noteOn' : 'noteOff',
        channel,
        noteNumber: pitch,
        velocity,
      });
      now = tick;
    }
    return [...events, { deltaTime: 0, type: 'endOfTrack', meta: true }];
  });
  const header = { format: 1 as const, numTracks: parts.length + 1, ticksPerBeat: TICKS_PER_QUARTER };
  return Buffer.from(writeMidi({ header, tracks: [conductor, ...parts] }));
}

/** One track through the sound font, with some of its reverb. */
function synthesise(track: ScoreTrack, filters: string): Stereo {
  const midi = path.join(workDir, 'track.mid');
  const wav = path.join(workDir, 'track.wav');
  writeFileSync(midi, toMidi([track]));
  const room = ['-o', 'synth.reverb.level=0.25', '-o', 'synth.reverb.room-size=0.35', '-C', '0'];
  const output = ['-g', '0.6', '-r', String(RATE_HZ), '-F', wav];
  execFileSync('fluidsynth', ['-ni', '-q', ...room, ...output, SOUND_FONT, midi]);
  return decode(wav, filters);
}

interface DrumPart {
  readonly sample: string;
  readonly gain: number;
  /** -1 left to 1 right. */
  readonly pan: number;
  /** Where a fade-out ends; a tight hi-hat instead of one that rings. */
  readonly lengthSeconds?: number;
  /** The next hit of one of these pitches ends the sound. */
  readonly cutBy?: readonly number[];
}

const KIT: Readonly<Record<number, DrumPart>> = {
  36: { sample: 'drum_heavy_kick', gain: 0.95, pan: 0 },
  38: { sample: 'drum_snare_hard', gain: 0.72, pan: 0 },
  42: { sample: 'drum_cymbal_closed', gain: 0.42, pan: 0.2, lengthSeconds: 0.09 },
  46: { sample: 'drum_cymbal_open', gain: 0.34, pan: 0.2, cutBy: [42, 46] },
  49: { sample: 'drum_cymbal_hard', gain: 0.42, pan: -0.25 },
  48: { sample: 'drum_tom_hi_hard', gain: 0.6, pan: 0.25 },
  45: { sample: 'drum_tom_mid_hard', gain: 0.6, pan: 0 },
  43: { sample: 'drum_tom_lo_hard', gain: 0.65, pan: -0.25 },
};

function playDrums(track: ScoreTrack): Stereo {
  const out = new Float32Array(frames * 2);
  const sounds = new Map<string, Stereo>();
  for (const note of track.notes) {
    const part = KIT[note.pitch]!;
    const known = sounds.get(part.sample);
    const sound = known ?? trimmed(decode(path.join(SAMPLES, `${part.sample}.flac`)));
    sounds.set(part.sample, sound);
    const cut = track.notes.find(
      (other) => part.cutBy?.includes(other.pitch) && other.startSeconds > note.startSeconds + 0.01,
    );
    const length = cut === undefined ? Infinity : (cut.startSeconds - note.startSeconds) * RATE_HZ;
    const gain = part.gain * note.velocity ** 1.5;
    const at = Math.round(note.startSeconds * RATE_HZ);
    for (let i = 0; i < sound.length / 2 && at + i < frames && i < length + 400; i++) {
      const tight =
        part.lengthSeconds === undefined ? 1 : Math.max(0, 1 - i / RATE_HZ / part.lengthSeconds) ** 1.5;
      const fade = Math.min(1, Math.max(0, (length + 400 - i) / 400)) * tight;
      out[(at + i) * 2]! += sound[i * 2]! * gain * fade * Math.min(1, 1 - part.pan);
      out[(at + i) * 2 + 1]! += sound[i * 2 + 1]! * gain * fade * Math.min(1, 1 + part.pan);
    }
  }
  return out;
}

/** Peak at 1, and the attack at the very start: hits then lie where the score puts them. */
function trimmed(sound: Stereo): Stereo {
  const peak = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const first = Math.floor(sound.findIndex((value) => Math.abs(value) > peak * 0.02) / 2) * 2;
  return sound.slice(first).map((value) => value / peak);
}

function mix(parts: readonly { readonly audio: Stereo; readonly rms: number }[]): Stereo {
  const out = new Float32Array(frames * 2);
  for (const { audio, rms } of parts) {
    const loudness = Math.sqrt(audio.reduce((sum, value) => sum + value * value, 0) / audio.length);
    const gain = rms / Math.max(1e-9, loudness);
    for (let i = 0; i < Math.min(out.length, audio.length); i++) out[i]! += audio[i]! * gain;
  }
  // A little tape: rounds the peaks of the drums instead of clipping them.
  const fade = 0.8 * RATE_HZ;
  return out.map(
    (value, i) => Math.tanh(value * 1.35) * 0.82 * Math.min(1, (frames - Math.floor(i / 2)) / fade),
  );
}

const tracks = composeSong();
const [drumTrack, bassTrack, keysTrack, leadTrack] = tracks as [
  ScoreTrack,
  ScoreTrack,
  ScoreTrack,
  ScoreTrack,
];
const song = mix([
  { audio: playDrums(drumTrack), rms: 0.105 },
  { audio: synthesise(bassTrack, 'lowpass=f=2600'), rms: 0.085 },
  { audio: synthesise(keysTrack, 'highpass=f=70'), rms: 0.066 },
  { audio: synthesise(leadTrack, 'aecho=0.9:0.5:312:0.1'), rms: 0.04 },
]);

const raw = path.join(workDir, 'song.f32');
const outFile = path.join(root, 'static', 'demo', 'loopmind-demo.mp3');
mkdirSync(path.dirname(outFile), { recursive: true });
writeFileSync(raw, Buffer.from(song.buffer));
const input = ['-v', 'error', '-y', '-f', 'f32le', '-ar', String(RATE_HZ), '-ac', '2', '-i', raw];
const tags = ['-metadata', 'title=Corner Light', '-metadata', 'artist=LoopMind'];
execFileSync('ffmpeg', [...input, '-c:a', 'libmp3lame', '-b:a', '128k', ...tags, outFile]);

const truthDir = path.join(root, 'tests', 'fixtures', 'demo');
mkdirSync(truthDir, { recursive: true });
writeFileSync(path.join(truthDir, 'loopmind-demo.mid'), toMidi(tracks));

const mit = readFileSync('/usr/share/doc/fluid-soundfont-gm/copyright', 'utf8');
const notice = mit.slice(
  mit.indexOf(' Permission is hereby granted'),
  mit.indexOf('SOFTWARE.', mit.indexOf('NONINFRINGEMENT')) + 9,
);
writeFileSync(
  path.join(root, 'static', 'demo', 'LICENSE'),
  `loopmind-demo.mp3 ("Corner Light") was composed for LoopMind (scripts/demo/song.ts) and rendered by
scripts/make-demo-song.ts. The composition and the recording are placed in the public domain:
CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/.

Its drums are samples of Sonic Pi that their authors placed in the public domain on freesound.org (CC0 1.0).
Its other instruments were played by the Fluid (R3) General MIDI sound font:
Copyright (c) 2000-2002, 2008 Frank Wen <getfrank@gmail.com>, Copyright (c) 2008 Toby Smithe

${notice
  .split('\n')
  .map((line) => `  ${line}`.trimEnd())
  .join('\n')}
`,
);
rmSync(workDir, { recursive: true });
console.log(
  'loopmind-demo.mp3',
  statSync(outFile).size,
  'bytes,',
  tracks.reduce((sum, track) => sum + track.notes.length, 0),
  'notes',
);
