import { TICKS_PER_QUARTER } from '$lib/core/notes';
import { TempoMap } from '$lib/core/tempo-map';
import type { BeatAnalysis } from '$lib/core/transcription';

/** A hair before a line counts as on it: trackers and eyes are no better than that. */
const TOLERANCE_TICKS = TICKS_PER_QUARTER / 20;

/** "12.3.2": bar, beat and sixteenth, counted from one; a bar before the first is 0, -1, ... */
export function barPosition(seconds: number, beats: BeatAnalysis): string {
  const { numerator, denominator } = beats.timeSignature;
  const beatTicks = (TICKS_PER_QUARTER * 4) / denominator;
  const ticks = TempoMap.fromPoints(beats.tempoMap).secondsToTicks(seconds) + TOLERANCE_TICKS;
  const beat = Math.floor(ticks / beatTicks);
  const bar = Math.floor(beat / numerator);
  const quarter = Math.max(0, Math.floor(((ticks - beat * beatTicks) / beatTicks) * 4));
  return `${bar + 1}.${beat - bar * numerator + 1}.${quarter + 1}`;
}
