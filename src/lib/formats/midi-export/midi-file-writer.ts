import { compareNotes, TICKS_PER_QUARTER, toMidiVelocity, type NoteEvent } from '$lib/core/notes';
import type { KeyEstimate, TranscribedTrack, Transcription } from '$lib/core/transcription';
import { writeMidi, type MidiEvent } from 'midi-file';
import { midiGrid, type MidiGrid } from './midi-grid';

const DRUM_CHANNEL = 9;
/** General MIDI percussion is one-shot: its note length has no sound. */
const DRUM_NOTE_TICKS = 60;
/** Wide enough for a sung slide; announced by RPN 0 at the start of the track. */
const BEND_RANGE_SEMITONES = 12;
const BEND_POINT_SECONDS = 0.02;

export interface MidiOptions {
  readonly pitchBends: boolean;
}

interface TimedEvent {
  readonly tick: number;
  /** At one tick: ends first, then controllers, then starts. */
  readonly order: number;
  readonly event: MidiEvent;
}

/** A standard MIDI file (format 1, 960 ticks a quarter) of `tracks` on the transcription's tempo map. */
export function writeMidiFile(
  transcription: Transcription,
  tracks: readonly TranscribedTrack[],
  options: MidiOptions,
): Uint8Array<ArrayBuffer> {
  const grid = midiGrid(transcription.beats);
  let nextChannel = 0;
  const chunks = tracks.map((track) => {
    if (track.isDrum) return trackEvents(track, DRUM_CHANNEL, grid, options);
    const channel = nextChannel % 15;
    nextChannel++;
    return trackEvents(track, channel < DRUM_CHANNEL ? channel : channel + 1, grid, options);
  });
  const bytes = writeMidi({
    header: { format: 1, numTracks: chunks.length + 1, ticksPerBeat: TICKS_PER_QUARTER },
    tracks: [conductor(transcription, grid), ...chunks],
  });
  return Uint8Array.from(bytes);
}

function conductor(transcription: Transcription, grid: MidiGrid): MidiEvent[] {
  const events: TimedEvent[] = [
    {
      tick: 0,
      order: 0,
      event: { deltaTime: 0, type: 'trackName', text: midiText(transcription.source.name) },
    },
    { tick: 0, order: 1, event: { deltaTime: 0, type: 'keySignature', ...keySignature(transcription.key) } },
    ...grid.timeSignatures.map(({ tick, numerator, denominator }): TimedEvent => ({
      tick,
      order: 2,
      event: { deltaTime: 0, type: 'timeSignature', numerator, denominator, metronome: 24, thirtyseconds: 8 },
    })),
    ...grid.tempos.map(({ tick, microsecondsPerQuarter }): TimedEvent => ({
      tick,
      order: 3,
      event: { deltaTime: 0, type: 'setTempo', microsecondsPerBeat: microsecondsPerQuarter },
    })),
  ];
  return inDeltas(events);
}

/** Fifths from C for each tonic; flats where they are fewer. */
const MAJOR_FIFTHS: Readonly<Record<string, number>> = {
  C: 0,
  'C#': -5,
  D: 2,
  'D#': -3,
  E: 4,
  F: -1,
  'F#': 6,
  G: 1,
  'G#': -4,
  A: 3,
  'A#': -2,
  B: 5,
};
const TONICS = Object.keys(MAJOR_FIFTHS);

function keySignature(key: KeyEstimate): { key: number; scale: number } {
  if (key.mode === 'major') return { key: MAJOR_FIFTHS[key.tonic] ?? 0, scale: 0 };
  const relative = TONICS[(TONICS.indexOf(key.tonic) + 3) % TONICS.length];
  return { key: MAJOR_FIFTHS[relative ?? 'C'] ?? 0, scale: 1 };
}

function trackEvents(
  track: TranscribedTrack,
  channel: number,
  grid: MidiGrid,
  options: MidiOptions,
): MidiEvent[] {
  const notes = notesInTicks(track, grid);
  const withBends =
    options.pitchBends && !track.isDrum && notes.some(({ note }) => note.bendCents !== undefined);
  const events: TimedEvent[] = [
    { tick: 0, order: 0, event: { deltaTime: 0, type: 'trackName', text: midiText(track.name) } },
    {
      tick: 0,
      order: 1,
      event: {
        deltaTime: 0,
        type: 'programChange',
        channel,
        programNumber: track.isDrum ? 0 : track.program,
      },
    },
  ];
  if (withBends) events.push(...bendRange(channel));
  notes.forEach(({ note, startTick, endTick }, index) => {
    const noteNumber = note.pitch;
    events.push({
      tick: startTick,
      order: 4,
      event: { deltaTime: 0, type: 'noteOn', channel, noteNumber, velocity: toMidiVelocity(note.velocity) },
    });
    events.push({
      tick: endTick,
      order: 2,
      event: { deltaTime: 0, type: 'noteOff', channel, noteNumber, velocity: 0 },
    });
    // A bend moves the whole channel: only a note that sounds alone may have one.
    const isAlone =
      (notes[index - 1]?.endTick ?? 0) <= startTick && (notes[index + 1]?.startTick ?? Infinity) >= endTick;
    if (withBends) events.push(...bendEvents(note, isAlone, channel, grid));
  });
  return inDeltas(events);
}

interface TickNote {
  readonly note: NoteEvent;
  readonly startTick: number;
  readonly endTick: number;
}

/** In order of start; two notes of one pitch never overlap, because MIDI cannot tell their ends apart. */
function notesInTicks(track: TranscribedTrack, grid: MidiGrid): TickNote[] {
  const out: TickNote[] = [];
  const lastOfPitch = new Map<number, number>();
  for (const note of [...track.notes].sort(compareNotes)) {
    const startTick = Math.max(0, Math.round(grid.tempoMap.secondsToTicks(note.startSeconds)));
    const endSeconds = note.startSeconds + note.durationSeconds;
    const endTick = track.isDrum
      ? startTick + DRUM_NOTE_TICKS
      : Math.max(startTick + 1, Math.round(grid.tempoMap.secondsToTicks(endSeconds)));
    const before = lastOfPitch.get(note.pitch);
    const previous = before === undefined ? undefined : out[before]!;
    if (before !== undefined && previous !== undefined && previous.endTick > startTick) {
      if (previous.startTick === startTick) {
        const louder = note.velocity > previous.note.velocity ? note : previous.note;
        out[before] = { note: louder, startTick, endTick: Math.max(endTick, previous.endTick) };
        continue;
      }
      out[before] = { ...previous, endTick: startTick };
    }
    lastOfPitch.set(note.pitch, out.length);
    out.push({ note, startTick, endTick });
  }
  return out;
}

function bendRange(channel: number): TimedEvent[] {
  const pairs: readonly (readonly [number, number])[] = [
    [101, 0],
    [100, 0],
    [6, BEND_RANGE_SEMITONES],
    [38, 0],
    [101, 127],
    [100, 127],
  ];
  return pairs.map(([controllerType, value]) => ({
    tick: 0,
    order: 1,
    event: { deltaTime: 0, type: 'controller', channel, controllerType, value },
  }));
}

function bendEvents(note: NoteEvent, isAlone: boolean, channel: number, grid: MidiGrid): TimedEvent[] {
  const cents = isAlone ? (note.bendCents ?? [0]) : [0];
  const count = Math.max(
    1,
    Math.min(cents.length, Math.floor(note.durationSeconds / BEND_POINT_SECONDS) + 1),
  );
  const events: TimedEvent[] = [];
  let previousValue: number | undefined;
  for (let i = 0; i < count; i++) {
    const share = count === 1 ? 0 : i / (count - 1);
    const value = bendValue(cents[Math.round(share * (cents.length - 1))] ?? 0);
    if (value === previousValue) continue;
    previousValue = value;
    // The last point stays inside the note, so that it does not bend the next one.
    const seconds = note.startSeconds + Math.min(share, 0.98) * note.durationSeconds;
    const tick = Math.max(0, Math.round(grid.tempoMap.secondsToTicks(seconds)));
    events.push({ tick, order: 3, event: { deltaTime: 0, type: 'pitchBend', channel, value } });
  }
  return events;
}

function bendValue(cents: number): number {
  const value = Math.round((cents / (100 * BEND_RANGE_SEMITONES)) * 8192);
  return Math.min(8191, Math.max(-8192, value));
}

function inDeltas(events: readonly TimedEvent[]): MidiEvent[] {
  const sorted = [...events].sort((a, b) => a.tick - b.tick || a.order - b.order);
  let tick = 0;
  const out = sorted.map(({ event, tick: at }): MidiEvent => {
    const deltaTime = at - tick;
    tick = at;
    return { ...event, deltaTime };
  });
  out.push({ deltaTime: 0, type: 'endOfTrack' });
  return out;
}

/** The writer puts one byte a character: UTF-8 must be spelled out before. */
function midiText(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text.slice(0, 200)));
}
