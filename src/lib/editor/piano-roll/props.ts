import type { InstrumentFamily } from '../../core/instruments';
import type { NoteEvent } from '../../core/notes';
import type { TempoPoint, TimeSignature } from '../../core/tempo-map';
import type { Selection } from './edit';
import type { StemPeaks } from './paint/background';
import type { TimeRange } from './paint/edges';
import type { ReadSpectrogram } from './spectrogram.svelte';

/**
 * What `PianoRoll` and `DrumLanes` take. Notes go in immutable; every finished gesture gives one `onCommit` with the
 * whole new list, followed by `onSelect`. Undo, saving and sound belong to whoever mounts the editor.
 */
export interface NoteEditorProps {
  /** Sorted by start. */
  readonly notes: readonly NoteEvent[];
  readonly family: InstrumentFamily;
  /** Accessible name: "Piano roll, Keys". */
  readonly label: string;
  readonly durationSeconds: number;
  /** Tracked beats; without them `tempoMap` makes the grid, without both 120 BPM. */
  readonly beatsSeconds?: readonly number[];
  readonly downbeatsSeconds?: readonly number[];
  readonly tempoMap?: readonly TempoPoint[];
  readonly timeSignature?: TimeSignature;
  /** Notes of `notes`, by identity. */
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly onCommit: (notes: readonly NoteEvent[]) => void;
  readonly onAudition?: (pitch: number, velocity: number) => void;
  /** Notes less sure than this are outlines. */
  readonly thresholdConfidence?: number;
  /** Notes of other tracks, drawn faintly. */
  readonly ghosts?: readonly NoteEvent[];
  readonly peaks?: StemPeaks | undefined;
  /** Analyses the stem for what is in view; with it the toolbar offers a spectrogram behind the notes. */
  readonly readSpectrogram?: ReadSpectrogram | undefined;
  /** Pitch classes 0-11 to highlight. */
  readonly scale?: readonly number[];
  /** Read every frame for the playhead; must be cheap. */
  readonly positionSeconds?: () => number;
  /** Turns the page when the playhead leaves it. */
  readonly follow?: boolean;
  readonly loop?: TimeRange | null;
  readonly onSeek?: (seconds: number) => void;
  /** A drag over the ruler; null where the loop is cleared by a double click. */
  readonly onLoop?: (loop: TimeRange | null) => void;
}

/** Pitch classes of a major or natural minor scale on a tonic 0-11. */
export function scalePitchClasses(tonic: number, mode: 'major' | 'minor'): number[] {
  const steps = mode === 'major' ? [0, 2, 4, 5, 7, 9, 11] : [0, 2, 3, 5, 7, 8, 10];
  return steps.map((step) => (tonic + step) % 12);
}
