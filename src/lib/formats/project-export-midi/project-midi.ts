import { writeMidi, type MidiEvent } from 'midi-file';
import { PITCH_CLASSES } from '../../core/pitch-classes';
import { TICKS_PER_QUARTER, toMidiVelocity } from '../../core/notes';
import type { Project, ProjectKey } from '../../core/project';
import { arrangedNotes, byLane, type ArrangedNote } from './arranged-notes';

const DRUM_CHANNEL = 9;
const CHANNELS_BUT_DRUMS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15];
const MICROSECONDS_A_MINUTE = 60_000_000;
/** The longest delta MIDI can write, 28 bits: 48 hours at 100 BPM. Nothing musical lies beyond. */
const MAX_TICK = 0x0fff_ffff;
const MAX_TEMPO_MICROSECONDS = 0xff_ffff;
/** A one-shot has no length of its own; MIDI needs one, and a sixteenth is what sequencers draw. */
const ONE_SHOT_TICKS = TICKS_PER_QUARTER / 4;

/** At one tick: names and programs, then note ends, then note starts. */
type Timed = readonly [tick: number, order: number, event: MidiEvent];

/**
 * What the arrangement plays as a Standard MIDI file: format 1, 960 ticks a quarter, first a track with tempi, metre,
 * key, markers and sections, then a track for each track or instrument that plays notes.
 */
export function writeProjectMidi(project: Project): Uint8Array<ArrayBuffer> {
  const lanes = byLane(arrangedNotes(project));
  let nextChannel = 0;
  const tracks = [...lanes].map(([laneId, notes]) => {
    const lane = laneInfo(project, laneId);
    const channel = lane.isDrum
      ? DRUM_CHANNEL
      : CHANNELS_BUT_DRUMS[nextChannel++ % CHANNELS_BUT_DRUMS.length]!;
    const ticks = project.format === 'midi' ? asPlayed(notes) : separated(notes);
    return inDeltas(laneEvents(lane, ticks, channel));
  });
  const bytes = writeMidi({
    header: { format: 1, numTracks: tracks.length + 1, ticksPerBeat: TICKS_PER_QUARTER },
    tracks: [inDeltas(conductor(project)), ...tracks],
  });
  return Uint8Array.from(bytes);
}

interface Lane {
  readonly name: string;
  readonly program: number;
  readonly isDrum: boolean;
}

function laneInfo(project: Project, laneId: string): Lane {
  const track = project.tracks.find(({ id }) => id === laneId);
  const channel = project.mixer.find(({ id }) => id === laneId);
  return {
    name: track?.name ?? channel?.name ?? 'Notes',
    program: track?.program ?? 0,
    isDrum: track?.isDrum ?? false,
  };
}

function conductor(project: Project): Timed[] {
  const sections = project.sections.filter(({ origin }) => origin !== 'marker');
  const markers = [
    ...project.markers.filter(({ name, isLyric }) => name !== '' && isLyric !== true),
    ...sections.map(({ startTicks, name }) => ({ ticks: startTicks, name })),
  ];
  return [
    [0, 0, { deltaTime: 0, meta: true, type: 'trackName', text: midiText(project.title) }],
    ...(project.key === undefined ? [] : keySignature(project.key)),
    ...project.timeSignatures.map(({ tick, numerator, denominator }): Timed => [
      tick,
      1,
      {
        deltaTime: 0,
        meta: true,
        type: 'timeSignature',
        numerator,
        denominator,
        metronome: 24,
        thirtyseconds: 8,
      },
    ]),
    ...project.tempoMap.map(({ tick, bpm }): Timed => [
      tick,
      2,
      {
        deltaTime: 0,
        meta: true,
        type: 'setTempo',
        microsecondsPerBeat: Math.min(MAX_TEMPO_MICROSECONDS, Math.round(MICROSECONDS_A_MINUTE / bpm)),
      },
    ]),
    ...markers.map(({ ticks, name }): Timed => [
      ticks,
      3,
      { deltaTime: 0, meta: true, type: 'marker', text: midiText(name) },
    ]),
  ];
}

/** Only major and minor have a signature. Fifths go sharp from C up to F#, flat below. */
function keySignature({ tonic, mode }: ProjectKey): Timed[] {
  const pitchClass = PITCH_CLASSES.findIndex((name) => name === tonic);
  if (pitchClass < 0 || (mode !== 'major' && mode !== 'minor')) return [];
  const relativeMajor = mode === 'minor' ? pitchClass + 3 : pitchClass;
  const fifths = (((relativeMajor * 7) % 12) + 12) % 12;
  const key = fifths > 6 ? fifths - 12 : fifths;
  return [[0, 1, { deltaTime: 0, meta: true, type: 'keySignature', key, scale: mode === 'minor' ? 1 : 0 }]];
}

function laneEvents(lane: Lane, notes: readonly TickNote[], channel: number): Timed[] {
  const events: Timed[] = [
    [0, 0, { deltaTime: 0, meta: true, type: 'trackName', text: midiText(lane.name) }],
    [0, 1, { deltaTime: 0, type: 'programChange', channel, programNumber: lane.program }],
  ];
  for (const { start, end, pitch, velocity } of notes) {
    events.push([start, 3, { deltaTime: 0, type: 'noteOn', channel, noteNumber: pitch, velocity }]);
    events.push([end, 2, { deltaTime: 0, type: 'noteOff', channel, noteNumber: pitch, velocity: 64 }]);
  }
  return events;
}

interface TickNote {
  readonly start: number;
  end: number;
  readonly pitch: number;
  readonly velocity: number;
}

/** Notes that came out of MIDI go back as they were: ends are matched first in, first out, so overlaps come to the same again. */
function asPlayed(notes: readonly ArrangedNote[]): TickNote[] {
  return notes.map(({ note }) => {
    const start = Math.max(0, Math.round(note.startTicks));
    const end = Math.max(start + 1, Math.round(note.startTicks + note.durationTicks));
    return { start, end, pitch: note.pitch, velocity: toMidiVelocity(note.velocity) };
  });
}

/** In whole ticks; MIDI cannot tell the ends of two notes of one pitch apart, so the earlier one gives way. */
function separated(notes: readonly ArrangedNote[]): TickNote[] {
  const result: TickNote[] = [];
  const lastOfPitch = new Map<number, TickNote>();
  for (const { note } of notes) {
    if (note.slide === true) continue;
    const start = Math.max(0, Math.round(note.startTicks));
    const length = note.durationTicks > 0 ? note.durationTicks : ONE_SHOT_TICKS;
    const end = Math.max(start + 1, Math.round(note.startTicks + length));
    const before = lastOfPitch.get(note.pitch);
    if (before !== undefined && before.start === start) {
      before.end = Math.max(before.end, end);
      continue;
    }
    if (before !== undefined && before.end > start) before.end = start;
    const next = { start, end, pitch: note.pitch, velocity: toMidiVelocity(note.velocity) };
    lastOfPitch.set(note.pitch, next);
    result.push(next);
  }
  return result;
}

function inDeltas(events: Timed[]): MidiEvent[] {
  const sorted = events
    .map(([tick, order, event]) => ({ tick: Math.max(0, Math.round(tick)), order, event }))
    .filter(({ tick }) => tick <= MAX_TICK)
    .sort((a, b) => a.tick - b.tick || a.order - b.order);
  let last = 0;
  const result = sorted.map(({ tick, event }) => {
    const deltaTime = tick - last;
    last = tick;
    return { ...event, deltaTime };
  });
  result.push({ deltaTime: 0, meta: true, type: 'endOfTrack' });
  return result;
}

/** The writer takes one byte a character: this is UTF-8 in that shape. */
function midiText(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}
