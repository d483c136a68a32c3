import type { NoteEvent } from '$lib/core/notes';
import type { TranscribedTrack } from '$lib/core/transcription';
import { BeatGrid } from '$lib/editor/piano-roll/grid';
import { quantiseNotes, type Selection } from '$lib/editor/piano-roll/edit';
import type { JobDocument } from '$lib/state/job-document.svelte';

export const QUANTISE_GRIDS = [
  { value: '1', label: '1/4', stepBeats: 1 },
  { value: '1/2', label: '1/8', stepBeats: 1 / 2 },
  { value: '1/3', label: '1/8 triplet', stepBeats: 1 / 3 },
  { value: '1/4', label: '1/16', stepBeats: 1 / 4 },
  { value: '1/6', label: '1/16 triplet', stepBeats: 1 / 6 },
  { value: '1/8', label: '1/32', stepBeats: 1 / 8 },
] as const;
export type QuantiseGrid = (typeof QUANTISE_GRIDS)[number]['value'];

/** Quantise is off until asked for: preview shows it in the roll, apply makes it one undoable step. */
export class QuantiseTool {
  grid = $state<QuantiseGrid>('1/4');
  strength = $state(1);
  swing = $state(0);
  isPreviewing = $state(false);
  readonly #document: () => JobDocument;
  readonly #selection: () => Selection;

  constructor(document: () => JobDocument, selection: () => Selection) {
    this.#document = document;
    this.#selection = selection;
  }

  /** How many notes {@link apply} moves at most: the selected ones, or all of the track. */
  get isSelectionOnly(): boolean {
    return this.#selection().size > 0;
  }

  /** The notes of a track as they would be. */
  notes(track: TranscribedTrack): readonly NoteEvent[] {
    const { beatsSeconds, downbeatsSeconds } = this.#document().transcription.beats;
    const selection = this.#selection();
    const chosen = selection.size > 0 ? selection : new Set(track.notes);
    const stepBeats = QUANTISE_GRIDS.find(({ value }) => value === this.grid)?.stepBeats ?? 1 / 4;
    const grid = BeatGrid.fromBeats(beatsSeconds, downbeatsSeconds);
    return quantiseNotes(track.notes, chosen, grid, {
      stepBeats,
      strength: this.strength,
      swing: this.swing,
    }).notes;
  }

  apply(): void {
    const document = this.#document();
    const track = document.selectedTrack;
    if (track !== undefined) document.setNotes(track.id, this.notes(track), 'Quantise');
    this.isPreviewing = false;
  }
}
