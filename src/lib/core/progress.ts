/** The stages of the main job, in order. */
export const STAGES = [
  'decode',
  'beats',
  'separate',
  'recognise',
  'drums',
  'bass',
  'vocals',
  'notes',
  'refine',
  'align',
  'save',
] as const;
export type Stage = (typeof STAGES)[number];

/** Monotone in `done`; ends at `total`. */
export interface Progress {
  readonly phase: Stage | 'load-model';
  readonly done: number;
  readonly total: number;
  /** What is being worked on, in words, where it helps ("spleeter-2stems", "other"). */
  readonly detail?: string;
}

export type ReportProgress = (progress: Progress) => void;
