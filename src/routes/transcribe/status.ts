import { AppError, describeError } from '$lib/core/errors';
import type { Job, LiveJob } from '$lib/state/job-board.svelte';
import { describeProgress } from './stages';

/** What the page says of the open job, in the words and the five states that scripts rely on. */
export interface JobStatus {
  readonly state: 'idle' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly text: string;
}

export function jobStatus(job: Job | undefined, live: LiveJob | undefined): JobStatus {
  switch (job?.state) {
    case undefined:
      return { state: 'idle', text: 'Ready for a song' };
    case 'queued':
      return { state: 'running', text: 'Waiting in the queue' };
    case 'running':
      return { state: 'running', text: describeProgress(live?.progress) };
    case 'done': {
      const tracks = job.transcription?.tracks.length ?? 0;
      return { state: 'done', text: `Done · ${tracks} ${tracks === 1 ? 'track' : 'tracks'}` };
    }
    case 'cancelled':
      return { state: 'cancelled', text: 'Cancelled' };
    case 'interrupted':
      return { state: 'failed', text: 'Interrupted: restart to run it again' };
    case 'failed':
      return { state: 'failed', text: describeError(new AppError(job.errorCode ?? 'unexpected')).what };
  }
}
