import type { NoteEvent } from '../../../core/notes';
import type { Edit, Selection } from '../edit';
import type { BeatGrid } from '../grid';
import type { NoteIndex } from '../note-index';
import type { RowAxis } from '../rows';
import type { Viewport } from '../viewport';

export type Tool = 'select' | 'draw' | 'paint' | 'delete' | 'cut';

/** Where the pointer is, in pixels of the canvas, and what is held down with it. */
export interface PointerAt {
  readonly x: number;
  readonly y: number;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
}

/** All a gesture may read; a snapshot from the moment it begins. */
export interface GestureContext {
  readonly notes: readonly NoteEvent[];
  readonly index: NoteIndex;
  readonly selection: Selection;
  readonly viewport: Viewport;
  readonly grid: BeatGrid;
  readonly rows: RowAxis;
  /** The grid in beats that the zoom shows. */
  readonly stepBeats: number;
  /** Length of a drawn note in beats: the last one drawn or resized. */
  readonly drawBeats: number;
  readonly drawVelocity: number;
  readonly audition: (pitch: number, velocity: number) => void;
}

/** What a gesture shows while it goes on; nothing of it is in the document yet. */
export interface Preview {
  /** Notes of the document that are replaced by `shown`. */
  readonly hidden?: Selection;
  readonly shown?: readonly NoteEvent[];
  readonly marquee?: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  readonly selection?: Selection;
  readonly viewport?: Viewport;
}

/** What a gesture leaves behind. */
export interface Outcome {
  /** A change of the document: committed once. */
  readonly edit?: Edit;
  readonly selection?: Selection;
  /** The length in beats that the next drawn note gets. */
  readonly drawBeats?: number;
}

/** A drag from press to release. Cancelling is dropping it. */
export interface Gesture {
  readonly cursor: string;
  move(pointer: PointerAt): Preview;
  end(pointer: PointerAt): Outcome;
}

type NotePart = 'start' | 'body' | 'end';

export interface NoteHit {
  readonly note: NoteEvent;
  readonly part: NotePart;
}

const EDGE_PX = 7;

/** The note under the pointer and the part of it. Drum hits have no ends to pull. */
export function hitTest(context: GestureContext, pointer: { x: number; y: number }): NoteHit | undefined {
  const { viewport, rows, index } = context;
  const seconds = viewport.secondsOf(pointer.x);
  const pitch = rows.pitchOfRow(viewport.rowOf(pointer.y));
  const slack = (rows.isDrum ? viewport.state.rowHeightPx / 2 : 2) / viewport.state.pixelsPerSecond;
  const note = index.at(seconds, pitch, slack);
  if (note === undefined) return undefined;
  if (rows.isDrum) return { note, part: 'body' };
  const left = viewport.xOf(note.startSeconds);
  const right = viewport.xOf(note.startSeconds + note.durationSeconds);
  const edge = Math.min(EDGE_PX, (right - left) / 3);
  if (pointer.x >= right - edge) return { note, part: 'end' };
  if (pointer.x <= left + edge && right - left > 3 * EDGE_PX) return { note, part: 'start' };
  return { note, part: 'body' };
}

/** Pointer travel in beats, in whole grid steps unless Alt is held. */
export function travelBeats(context: GestureContext, fromX: number, pointer: PointerAt): number {
  const { viewport, grid, stepBeats } = context;
  const beats = grid.beatAt(viewport.secondsOf(pointer.x)) - grid.beatAt(viewport.secondsOf(fromX));
  return pointer.alt ? beats : Math.round(beats / stepBeats) * stepBeats;
}
