import type { ProjectPattern } from '../../core/project';

/** A stretch of a pattern as one shape: x in ticks of the pattern, y 0-1 from its highest to its lowest pitch. */
export interface NoteShape {
  readonly startTicks: number;
  readonly endTicks: number;
  readonly path: Path2D;
}

/** Drawn notes are at least a 1/32 long: one-shots and step hits have no length of their own. */
const MIN_TICKS = 120;
/** A line of one pitch in the middle looks better than one bar over the whole clip. */
const MIN_PITCHES = 8;
/** Long patterns are filled in pieces, of which only the visible ones cost time: four bars of 4/4. */
const PIECE_TICKS = 15_360;

/** Builds each pattern's shapes once, however many clips show it. */
export class NotePaths {
  readonly #known = new WeakMap<ProjectPattern, readonly NoteShape[]>();

  of(pattern: ProjectPattern): readonly NoteShape[] {
    const known = this.#known.get(pattern) ?? buildShapes(pattern);
    this.#known.set(pattern, known);
    return known;
  }
}

function buildShapes({ notes }: ProjectPattern): NoteShape[] {
  let low = Infinity;
  let high = -Infinity;
  for (const { pitch } of notes) {
    low = Math.min(low, pitch);
    high = Math.max(high, pitch);
  }
  const missing = Math.max(0, MIN_PITCHES - (high - low + 1)) / 2;
  const rows = high - low + 1 + 2 * missing;
  const pieces = new Map<number, { startTicks: number; endTicks: number; path: Path2D }>();
  for (const { startTicks, durationTicks, pitch } of notes) {
    const number = Math.floor(startTicks / PIECE_TICKS);
    const piece = pieces.get(number) ?? { startTicks, endTicks: startTicks, path: new Path2D() };
    pieces.set(number, piece);
    const length = Math.max(MIN_TICKS, durationTicks);
    piece.path.rect(startTicks, (high - pitch + missing) / rows, length, 0.9 / rows);
    piece.startTicks = Math.min(piece.startTicks, startTicks);
    piece.endTicks = Math.max(piece.endTicks, startTicks + length);
  }
  return [...pieces.values()];
}
