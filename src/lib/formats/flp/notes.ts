import type { ProjectNote } from '../../core/project';
import { channelId } from './automation';
import type { Payload } from './payload';

const LONG_RECORD = 24;
/** FL 8: the same fields with an 8-bit key and no note group. */
const SHORT_RECORD = 20;
const FULL_VELOCITY = 128;
const CENTRE = 64;
const FINE_CENTRE = 120;
const CENTS_A_FINE_STEP = 10;
const SLIDE = 8;
const HIGHEST_KEY = 131;

/** A step of the step sequencer (FL up to 11): event 91, with an event 77 where it has its own pitch. */
export interface Step {
  readonly pattern: number;
  readonly channel: number;
  /** In sixteenths from the pattern's start. */
  readonly index: number;
  readonly key?: number;
}

/** Event 224; its "MIDI channel" is the note's colour and left out. `scale`: our ticks a file tick. Notes above MIDI's range are kept at its top. */
export function readNotes(
  payload: Payload,
  majorVersion: number,
  scale: number,
): { notes: ProjectNote[]; leftover: number } {
  const size = recordSize(payload, majorVersion);
  const count = Math.floor(payload.size / size);
  const notes: ProjectNote[] = [];
  const tail = size === SHORT_RECORD ? 13 : 16;
  const channelIds = new Map<number, string>();
  for (let i = 0; i < count; i++) {
    const at = i * size;
    const channel = payload.u16(at + 6);
    // One string for each channel, not one for each note.
    const id = channelIds.get(channel) ?? channelId(channel);
    channelIds.set(channel, id);
    notes.push(readNote(payload, at, { tail, scale, channelId: id }));
  }
  return { notes, leftover: payload.size % size };
}

/** The record at `at`; `tail`: where its single-byte fields begin. */
function readNote(
  payload: Payload,
  at: number,
  {
    tail,
    scale,
    channelId: id,
  }: { readonly tail: number; readonly scale: number; readonly channelId: string },
): ProjectNote {
  const key = tail === 13 ? payload.u8(at + 12) : payload.u16(at + 12);
  const fine = payload.u8(at + tail);
  const pan = payload.u8(at + tail + 4);
  const note: { -readonly [K in keyof ProjectNote]: ProjectNote[K] } = {
    startTicks: payload.u32(at) * scale,
    durationTicks: payload.u32(at + 8) * scale,
    pitch: Math.min(127, key),
    velocity: Math.min(1, payload.u8(at + tail + 5) / FULL_VELOCITY),
    channelId: id,
  };
  if (pan !== CENTRE) note.pan = Math.max(-1, Math.min(1, (pan - CENTRE) / CENTRE));
  if (fine !== FINE_CENTRE) note.detuneCents = (fine - FINE_CENTRE) * CENTS_A_FINE_STEP;
  if ((payload.u16(at + 4) & SLIDE) !== 0) note.slide = true;
  return note;
}

/** The version says it; where it is unknown or wrong, the size under which the records look like notes. */
function recordSize(payload: Payload, majorVersion: number): number {
  const expected = majorVersion <= 8 ? SHORT_RECORD : LONG_RECORD;
  const other = majorVersion <= 8 ? LONG_RECORD : SHORT_RECORD;
  if (payload.size % expected === 0) return expected;
  return payload.size % other === 0 && plausibility(payload, other) > plausibility(payload, expected)
    ? other
    : expected;
}

function plausibility(payload: Payload, size: number): number {
  const count = Math.floor(payload.size / size);
  let good = 0;
  for (let i = 0; i < count; i++) {
    const record = payload.part(i * size, size);
    const key = size === SHORT_RECORD ? record.u8(12) : record.u16(12);
    const inOrder = i === 0 || record.u32(0) >= payload.u32((i - 1) * size);
    if (key <= HIGHEST_KEY && inOrder) good++;
  }
  return count === 0 ? 0 : good / count;
}

const STEP_MASK = 0xff;
/** A step without a pitch of its own plays FL's C5. */
const STEP_KEY = 60;
const STEP_VELOCITY = 100 / FULL_VELOCITY;

/** Steps as notes of a sixteenth; `isStep` tells them from notes the piano roll stores. */
export function stepNotes(steps: readonly Step[], ticksAStep: number): ProjectNote[] {
  return steps.map(({ channel, index, key }) => ({
    startTicks: index * ticksAStep,
    durationTicks: ticksAStep,
    pitch: Math.min(127, key ?? STEP_KEY),
    velocity: STEP_VELOCITY,
    channelId: channelId(channel),
    isStep: true,
  }));
}

/** Event 91: low byte the step, high byte not 0 where it is on. */
export function stepIndex(value: number): number | undefined {
  return value >> 8 === 0 ? undefined : value & STEP_MASK;
}
