import type { NoteToken } from './tokens';

/** What happens, one thing at a time; `velocity` holds for the notes that follow it. */
export type SequenceEvent =
  | { readonly type: 'note_on'; readonly pitch: number }
  | { readonly type: 'note_off'; readonly pitch: number }
  | { readonly type: 'velocity'; readonly velocity: number }
  | { readonly type: 'time_shift'; readonly ticks: number };

/** The longest wait of one event, a quarter; longer ones are several. */
const MAX_SHIFT_TICKS = 960;
const ID = { noteOn: 0, noteOff: 128, velocity: 256, timeShift: 384 } as const;
/** Ids are 0 to this, exclusive: 128 note-ons, 128 note-offs, 128 velocities, 960 time shifts. */
const VOCABULARY_SIZE = ID.timeShift + MAX_SHIFT_TICKS;
/** Where a sequence ends without a note-off for a note, it lasts until there. */
const DEFAULT_VELOCITY = 100;

/** Notes as events. Ends come before starts at one tick, so that a repeated note is two notes. Lossless in whole ticks. */
export function eventsFromNotes(notes: readonly NoteToken[]): SequenceEvent[] {
  const edges = notes.flatMap(([start, duration, pitch, velocity]) => [
    { tick: start, isStart: true, pitch, velocity },
    { tick: start + Math.max(1, duration), isStart: false, pitch, velocity },
  ]);
  edges.sort((a, b) => a.tick - b.tick || Number(a.isStart) - Number(b.isStart) || a.pitch - b.pitch);
  const events: SequenceEvent[] = [];
  let tick = 0;
  let velocity = -1;
  for (const edge of edges) {
    for (let wait = edge.tick - tick; wait > 0; wait -= MAX_SHIFT_TICKS) {
      events.push({ type: 'time_shift', ticks: Math.min(MAX_SHIFT_TICKS, wait) });
    }
    tick = edge.tick;
    if (edge.isStart && edge.velocity !== velocity) {
      velocity = edge.velocity;
      events.push({ type: 'velocity', velocity });
    }
    events.push({ type: edge.isStart ? 'note_on' : 'note_off', pitch: edge.pitch });
  }
  return events;
}

/** The notes of a sequence. Stray note-offs are ignored; notes left open end with the sequence. */
export function notesFromEvents(events: readonly SequenceEvent[]): NoteToken[] {
  const notes: { start: number; end: number; pitch: number; velocity: number }[] = [];
  const open = new Map<number, typeof notes>();
  let tick = 0;
  let velocity = DEFAULT_VELOCITY;
  for (const event of events) {
    if (event.type === 'time_shift') tick += event.ticks;
    else if (event.type === 'velocity') velocity = event.velocity;
    else if (event.type === 'note_on') {
      const note = { start: tick, end: -1, pitch: event.pitch, velocity };
      notes.push(note);
      const sounding = open.get(event.pitch);
      if (sounding === undefined) open.set(event.pitch, [note]);
      else sounding.push(note);
    } else {
      const note = open.get(event.pitch)?.shift();
      if (note !== undefined) note.end = tick;
    }
  }
  return notes
    .map(({ start, end, pitch, velocity: loudness }): NoteToken => [
      start,
      Math.max(1, (end < 0 ? tick : end) - start),
      pitch,
      loudness,
    ])
    .sort((a, b) => a[0] - b[0] || a[2] - b[2]);
}

/** Events as the numbers a model learns. */
export function encodeEvents(events: readonly SequenceEvent[]): Uint16Array<ArrayBuffer> {
  return Uint16Array.from(events, (event) => {
    switch (event.type) {
      case 'note_on':
        return ID.noteOn + event.pitch;
      case 'note_off':
        return ID.noteOff + event.pitch;
      case 'velocity':
        return ID.velocity + event.velocity;
      case 'time_shift':
        return ID.timeShift + event.ticks - 1;
    }
  });
}

/** Numbers as events; those outside the vocabulary are left out. */
export function decodeEvents(ids: ArrayLike<number>): SequenceEvent[] {
  return Array.from(ids).flatMap((id): SequenceEvent[] => {
    if (!Number.isInteger(id) || id < 0 || id >= VOCABULARY_SIZE) return [];
    if (id >= ID.timeShift) return [{ type: 'time_shift', ticks: id - ID.timeShift + 1 }];
    if (id >= ID.velocity) return [{ type: 'velocity', velocity: id - ID.velocity }];
    if (id >= ID.noteOff) return [{ type: 'note_off', pitch: id - ID.noteOff }];
    return [{ type: 'note_on', pitch: id }];
  });
}
