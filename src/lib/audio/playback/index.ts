import type { PlaybackEngine } from './types';

export type { PlaybackEngine, PlaybackState, PlaybackTrack } from './types';

/**
 * Loads the engine (and with it Tone.js) when it is first needed. `instrumentsUrl` is where `static/instruments/` is
 * served, e.g. `asset('/instruments')`. Rejects where the browser has no Web Audio.
 */
export async function createPlaybackEngine(options: {
  readonly instrumentsUrl: string;
}): Promise<PlaybackEngine> {
  const { Engine } = await import('./engine');
  return new Engine(options.instrumentsUrl);
}
