import { STAGES, type Progress, type ReportProgress, type Stage } from '$lib/core/progress';
import type { StageTiming } from '$lib/core/transcription';

/** Share of each stage in the time of a job, measured on two cores; only the look of the bar depends on it. */
const STAGE_WEIGHTS: Readonly<Record<Stage, number>> = {
  decode: 3,
  beats: 8,
  separate: 45,
  recognise: 2,
  drums: 10,
  bass: 5,
  vocals: 5,
  notes: 20,
  refine: 10,
  align: 1,
  save: 1,
};
const TOTAL_WEIGHT = Object.values(STAGE_WEIGHTS).reduce((sum, weight) => sum + weight, 0);
/** Before this share of the work the guess at the time left would jump about. */
const ETA_FROM_SHARE = 0.04;
const ETA_FROM_SECONDS = 2;

export interface SongProgressReport extends Progress {
  /** 0-1, never falls. */
  readonly overall: number;
  readonly etaSeconds?: number;
}

/** Turns the progress of the stages into one bar, and measures how long each stage took. */
export class SongProgress {
  readonly #report: (progress: SongProgressReport) => void;
  readonly #nowSeconds: () => number;
  readonly #startedSeconds: number;
  readonly #timings: StageTiming[] = [];
  #overall = 0;

  constructor(
    report: (progress: SongProgressReport) => void,
    nowSeconds: () => number = () => performance.now() / 1000,
  ) {
    this.#report = report;
    this.#nowSeconds = nowSeconds;
    this.#startedSeconds = nowSeconds();
  }

  get timings(): readonly StageTiming[] {
    return this.#timings;
  }

  /** Runs a stage. Whatever it reports counts for this stage; it ends at its total. */
  async stage<T>(stage: Stage, run: (report: ReportProgress) => Promise<T>): Promise<T> {
    const started = this.#nowSeconds();
    let share = 0;
    this.#emit({ phase: stage, done: 0, total: 1 }, stage, 0);
    const result = await run((progress) => {
      if (progress.phase === 'load-model') {
        this.#emit(progress, stage, share);
        return;
      }
      const reached = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 1;
      if (reached <= share) return;
      share = reached;
      this.#emit({ ...progress, phase: stage }, stage, share);
    });
    if (share < 1) this.#emit({ phase: stage, done: 1, total: 1 }, stage, 1);
    this.#timings.push({ stage, seconds: this.#nowSeconds() - started });
    return result;
  }

  #emit(progress: Progress, stage: Stage, share: number): void {
    const before = STAGES.slice(0, STAGES.indexOf(stage)).reduce((sum, each) => sum + STAGE_WEIGHTS[each], 0);
    const reached = (before + share * STAGE_WEIGHTS[stage]) / TOTAL_WEIGHT;
    this.#overall = Math.max(this.#overall, reached);
    const elapsed = this.#nowSeconds() - this.#startedSeconds;
    const canGuess = this.#overall >= ETA_FROM_SHARE && elapsed >= ETA_FROM_SECONDS;
    this.#report({
      ...progress,
      overall: this.#overall,
      ...(canGuess ? { etaSeconds: (elapsed * (1 - this.#overall)) / this.#overall } : {}),
    });
  }
}
