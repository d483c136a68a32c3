import { describe, expect, it, vi } from 'vitest';
import type { NoteEvent } from '../../../core/notes';
import { selectionOf } from '../edit';
import { BeatGrid } from '../grid';
import { NoteIndex } from '../note-index';
import { drumRows, PIANO_ROWS } from '../rows';
import { Viewport } from '../viewport';
import { beginGesture, hoverCursor } from './choose';
import { hitTest, type GestureContext, type PointerAt, type Tool } from './gesture';
import { pinchedViewport } from './pan';
import { beginVelocity } from './velocity';

// 100 px a second, 10 px a row, a beat is half a second; row 60 is MIDI 67.
const grid = BeatGrid.fromBeats(
  Array.from({ length: 40 }, (_, i) => i * 0.5),
  Array.from({ length: 10 }, (_, i) => i * 2),
);
const viewport = new Viewport({
  startSeconds: 0,
  pixelsPerSecond: 100,
  topRow: 50,
  rowHeightPx: 10,
  widthPx: 1000,
  heightPx: 400,
  durationSeconds: 20,
  rowCount: 128,
});
const g4: NoteEvent = { startSeconds: 1.02, durationSeconds: 0.5, pitch: 67, velocity: 0.5, confidence: 0.4 };
const c5: NoteEvent = { startSeconds: 3, durationSeconds: 1, pitch: 72, velocity: 0.9, confidence: 0.9 };

function context(over: Partial<GestureContext> = {}): GestureContext {
  const notes = over.notes ?? [g4, c5];
  return {
    notes,
    index: new NoteIndex(notes),
    selection: selectionOf([]),
    viewport,
    grid,
    rows: PIANO_ROWS,
    stepBeats: 0.5,
    drawBeats: 1,
    drawVelocity: 0.8,
    audition: () => undefined,
    ...over,
  };
}

const at = (x: number, y: number, keys: Partial<PointerAt> = {}): PointerAt => ({
  x,
  y,
  shift: false,
  alt: false,
  ctrl: false,
  ...keys,
});
const yOf = (pitch: number): number => viewport.yOf(127 - pitch) + 5;
const press = (tool: Tool, button = 0, isTouch = false) => ({ tool, button, isTouch });

describe('select and marquee', () => {
  it('boxes notes, adds with Shift, and clears with a click on nothing', () => {
    const box = beginGesture(context(), press('select'), at(50, yOf(70)));
    expect(box.move(at(200, yOf(60))).selection).toEqual(new Set([g4]));
    expect(box.end(at(200, yOf(60)))).toEqual({ selection: new Set([g4]) });
    const more = beginGesture(
      context({ selection: selectionOf([g4]) }),
      press('select'),
      at(250, yOf(76), { shift: true }),
    );
    expect(more.end(at(450, yOf(70), { shift: true })).selection).toEqual(new Set([g4, c5]));
    const click = beginGesture(context({ selection: selectionOf([g4]) }), press('select'), at(600, 20));
    expect(click.end(at(601, 20)).selection).toEqual(new Set());
  });

  it('pans instead where a finger drags empty space', () => {
    const pan = beginGesture(context(), press('select', 0, true), at(600, 200));
    expect(pan.move(at(500, 200)).viewport?.state.startSeconds).toBeCloseTo(1, 9);
    expect(pan.end(at(500, 200))).toEqual({});
  });
});

describe('move', () => {
  it('keeps a note’s own timing, snaps the travel, and commits once', () => {
    const audition = vi.fn();
    const gesture = beginGesture(context({ audition }), press('select'), at(125, yOf(67)));
    expect(gesture.move(at(155, yOf(69))).hidden).toEqual(new Set([g4]));
    const { edit } = gesture.end(at(155, yOf(69)));
    const [moved] = edit!.selection;
    expect(moved!.startSeconds).toBeCloseTo(1.27, 9);
    expect(moved).toMatchObject({ pitch: 69, confidence: 1 });
    expect(edit!.notes).toContain(c5);
    expect(audition.mock.calls.map(([pitch]) => pitch as number)).toEqual([67, 69]);
  });

  it('moves freely with Alt, copies with Ctrl, takes the whole selection along', () => {
    const both = context({ selection: selectionOf([g4, c5]) });
    const free = beginGesture(both, press('select'), at(125, yOf(67))).end(at(138, yOf(67), { alt: true }));
    expect([...free.edit!.selection].map((note) => note.startSeconds)).toEqual([
      expect.closeTo(1.15, 6),
      expect.closeTo(3.13, 6),
    ]);
    const copy = beginGesture(both, press('select'), at(125, yOf(67))).end(at(225, yOf(67), { ctrl: true }));
    expect(copy.edit!.notes).toHaveLength(4);
  });

  it('selects with a click and never commits without travel', () => {
    const click = beginGesture(context(), press('select'), at(125, yOf(67))).end(at(126, yOf(67)));
    expect(click).toEqual({ selection: new Set([g4]) });
  });
});

describe('resize, draw, paint, delete, cut', () => {
  it('pulls the end by grid steps and remembers the length', () => {
    const gesture = beginGesture(context(), press('select'), at(398, yOf(72)));
    const outcome = gesture.end(at(450, yOf(72)));
    const [longer] = outcome.edit!.selection;
    expect(longer!.durationSeconds).toBeCloseTo(1.5, 9);
    expect(outcome.drawBeats).toBeCloseTo(3, 9);
  });

  it('draws on the grid, longer while dragged', () => {
    const gesture = beginGesture(context(), press('draw'), at(610, yOf(65)));
    const [drawn] = gesture.end(at(690, yOf(65))).edit!.selection;
    expect(drawn).toMatchObject({ pitch: 65, velocity: 0.8, confidence: 1 });
    expect(drawn!.startSeconds).toBeCloseTo(6, 9);
    expect(drawn!.durationSeconds).toBeCloseTo(1, 9);
  });

  it('paints one note a step and leaves taken steps alone', () => {
    const gesture = beginGesture(context(), press('paint'), at(201, yOf(72)));
    const { edit } = gesture.end(at(420, yOf(72)));
    const starts = [...edit!.selection].map((note) => note.startSeconds);
    expect(starts).toEqual([2, 2.25, 2.5, 2.75, 4].map((s) => expect.closeTo(s, 6) as number));
  });

  it('wipes notes away in one change, with the right button too', () => {
    for (const [tool, button] of [
      ['delete', 0],
      ['select', 2],
    ] as const) {
      const gesture = beginGesture(context(), press(tool, button), at(100, yOf(67)));
      expect(gesture.end(at(160, yOf(67))).edit!.notes).toEqual([c5]);
    }
  });

  it('cuts a note in two at the grid', () => {
    const { edit } = beginGesture(context(), press('cut'), at(352, yOf(72))).end(at(352, yOf(72)));
    const halves = [...edit!.selection];
    expect(halves.map((note) => note.durationSeconds)).toEqual([
      expect.closeTo(0.5, 6),
      expect.closeTo(0.5, 6),
    ]);
  });
});

describe('velocity lane', () => {
  it('draws a ramp over the notes it passes, or over the selection only', () => {
    const ramp = beginVelocity(context(), 100, at(100, 80)).end(at(304, 20));
    const velocities = ramp.edit!.notes.map((note) => note.velocity);
    expect(velocities[0]).toBeCloseTo(0.2, 1);
    expect(velocities[1]).toBeCloseTo(0.8, 1);
    const only = beginVelocity(context({ selection: selectionOf([c5]) }), 100, at(100, 80)).end(at(304, 20));
    expect(only.edit!.notes).toContain(g4);
  });
});

describe('drum lanes', () => {
  const rows = drumRows([36, 42]);
  const kick: NoteEvent = { startSeconds: 1, durationSeconds: 0.1, pitch: 36, velocity: 1, confidence: 1 };
  const lanes = context({
    notes: [kick],
    rows,
    viewport: viewport.with({ rowCount: rows.count, topRow: 0, rowHeightPx: 24 }),
  });

  it('hits are grasped as a whole and move between lanes', () => {
    const y = rows.rowOfPitch(36) * 24 + 12;
    expect(hitTest(lanes, { x: 104, y })).toEqual({ note: kick, part: 'body' });
    expect(hoverCursor(lanes, 'select', { x: 104, y })).toBe('grab');
    const up = y - 24 * (rows.rowOfPitch(36) - rows.rowOfPitch(38));
    const [moved] = beginGesture(lanes, press('select'), at(104, y)).end(at(104, up)).edit!.selection;
    expect(moved!.pitch).toBe(38);
  });
});

describe('pinch', () => {
  it('keeps the middle of the fingers and zooms by their distance', () => {
    const result = pinchedViewport(context(), [at(400, 100), at(500, 100)], [at(350, 100), at(550, 100)]);
    expect(result.state.pixelsPerSecond).toBeCloseTo(200, 6);
    expect(result.secondsOf(450)).toBeCloseTo(4.5, 6);
    expect(result.state.rowHeightPx).toBe(10);
  });
});
