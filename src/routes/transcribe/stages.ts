import { STAGES, type Progress, type Stage } from '$lib/core/progress';

const WORDS: Readonly<Record<Stage, string>> = {
  decode: 'Reading the audio',
  beats: 'Finding tempo, bars and key',
  separate: 'Separating drums, bass, vocals and the rest',
  recognise: 'Recognising the instruments',
  drums: 'Writing down the drums',
  bass: 'Writing down the bass',
  vocals: 'Writing down the vocals',
  notes: 'Writing down keys, guitars and leads',
  refine: 'Cleaning the stems with the notes',
  align: 'Putting the notes on the grid',
  save: 'Saving',
};

export function stageName(stage: Stage): string {
  return WORDS[stage];
}

/** What is being done, in words. */
export function describeProgress(progress: Progress | undefined): string {
  if (progress === undefined) return 'Starting';
  if (progress.phase === 'load-model') return 'Loading a model';
  return WORDS[progress.phase];
}

export interface StageView {
  readonly stage: Stage;
  readonly name: string;
  readonly state: 'done' | 'now' | 'next';
}

/** The stages in order; loading a model happens inside the stage before which it is needed, so the last one known stays. */
export function stageViews(current: Stage | undefined): readonly StageView[] {
  const at = current === undefined ? -1 : STAGES.indexOf(current);
  return STAGES.map((stage, index) => ({
    stage,
    name: WORDS[stage],
    state: index < at ? 'done' : index === at ? 'now' : 'next',
  }));
}
