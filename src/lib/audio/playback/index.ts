import type { PlaybackEngine } from './types';

export type { PlaybackEngine, PlaybackState, PlaybackTrack } from './types';

/** The stems' rate: blocks then join without resampling. */
const PLAYBACK_RATE_HZ = 44_100;

/**
 * Loads the engine (and with it Tone.js) when it is first needed. `instrumentsUrl` is where `static/instruments/` is
 * served, e.g. `asset('/instruments')`. Rejects where the browser has no Web Audio.
 */
export async function createPlaybackEngine(options: {
  readonly instrumentsUrl: string;
}): Promise<PlaybackEngine> {
  const [{ Engine }, { createMasterGraph }] = await Promise.all([import('./engine'), import('./tone-graph')]);
  // A task each: a browser may take a tenth of a second to open the sound device, and another job may be running.
  await nextTask();
  const context = new AudioContext({ sampleRate: PLAYBACK_RATE_HZ, latencyHint: 'interactive' });
  await nextTask();
  const graph = createMasterGraph(context);
  await nextTask();
  return new Engine(graph, options.instrumentsUrl);
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
