import { describe, expect, it } from 'vitest';
import type { NoteEvent } from '../../core/notes';
import { duplicateNotes, quantiseNotes, selectionOf } from './edit';
import { BeatGrid } from './grid';
import { applyCommand, commandOf, describeSelection, neighbour, type KeyPress } from './keyboard';
import { PIANO_ROWS } from './rows';

const grid = BeatGrid.fromBeats(
  Array.from({ length: 40 }, (_, i) => i * 0.5),
  Array.from({ length: 10 }, (_, i) => i * 2),
);
const a: NoteEvent = { startSeconds: 2, durationSeconds: 0.5, pitch: 60, velocity: 0.8, confidence: 1 };
const b: NoteEvent = { startSeconds: 2.6, durationSeconds: 0.5, pitch: 67, velocity: 0.8, confidence: 1 };
const notes = [a, b];
const key = (name: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key: name,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...held,
});
const context = { notes, selection: selectionOf(notes), grid, rows: PIANO_ROWS, stepBeats: 0.25 };

function run(press: KeyPress, over: Partial<typeof context> = {}): readonly NoteEvent[] | undefined {
  const command = commandOf(press);
  return command === undefined ? undefined : applyCommand({ ...context, ...over }, command)?.notes;
}

describe('keys of the editor', () => {
  it('arrows move by grid step and semitone, with Shift by bar and octave', () => {
    expect(run(key('ArrowRight'))![0]!.startSeconds).toBeCloseTo(2.125, 9);
    expect(run(key('ArrowRight', { shiftKey: true }))![0]!.startSeconds).toBeCloseTo(4, 9);
    expect(run(key('ArrowUp'))!.map((note) => note.pitch)).toEqual([61, 68]);
    expect(run(key('ArrowDown', { shiftKey: true }))!.map((note) => note.pitch)).toEqual([48, 55]);
  });

  it('does not squash a chord at the edge or push it before the start', () => {
    expect(
      run(key('ArrowUp', { shiftKey: true }), { selection: selectionOf([{ ...a, pitch: 120 }]) }),
    ).toBeUndefined();
    const early = { ...a, startSeconds: 0.1 };
    expect(run(key('ArrowLeft'), { notes: [early], selection: selectionOf([early]) })).toBeUndefined();
  });

  it('leaves the page and the browser their own keys', () => {
    expect(commandOf(key('z', { ctrlKey: true }))).toBeUndefined();
    expect(commandOf(key(' '))).toBeUndefined();
    expect(commandOf(key('q'))).toBeUndefined();
    expect(commandOf(key('ArrowLeft', { altKey: true }))).toBeUndefined();
    expect(commandOf(key('D'))).toEqual({ kind: 'tool', tool: 'delete' });
    expect(commandOf(key('d', { ctrlKey: true }))).toEqual({ kind: 'duplicate' });
  });

  it('duplicates behind the selection on whole steps', () => {
    const { notes: all, selection } = duplicateNotes(notes, context.selection, grid, 0.25);
    expect(all).toHaveLength(4);
    expect([...selection].map((note) => note.startSeconds)).toEqual([
      expect.closeTo(3.125, 9),
      expect.closeTo(3.725, 9),
    ]);
  });

  it('steps through notes and says what is selected', () => {
    expect(neighbour(notes, selectionOf([a]), 1)).toBe(b);
    expect(neighbour(notes, selectionOf([]), -1)).toBe(b);
    expect(neighbour(notes, selectionOf([a]), -1)).toBe(a);
    expect(describeSelection(context.selection, grid, PIANO_ROWS)).toBe(
      '2 notes selected, C4 to G4, bar 2, beat 1',
    );
    expect(describeSelection(selectionOf([]), grid, PIANO_ROWS)).toBe('No notes selected');
  });
});

describe('quantiseNotes', () => {
  it('pulls starts to the grid by its strength, and swings every second step', () => {
    const late = { ...a, startSeconds: 2.04 };
    const half = quantiseNotes([late], selectionOf([late]), grid, {
      stepBeats: 0.5,
      strength: 0.5,
      swing: 0,
    });
    expect(half.notes[0]!.startSeconds).toBeCloseTo(2.02, 9);
    const off = { ...a, startSeconds: 2.24 };
    const swung = quantiseNotes([off], selectionOf([off]), grid, { stepBeats: 0.5, strength: 1, swing: 1 });
    expect(swung.notes[0]!.startSeconds).toBeCloseTo(2 + 0.5 * (2 / 3), 6);
  });
});
