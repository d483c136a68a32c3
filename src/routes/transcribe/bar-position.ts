import type { BeatAnalysis } from '$lib/core/transcription';

/** A hair before a line counts as on it: trackers and eyes are no better than that. */
const TOLERANCE_SECONDS = 0.025;

/** "12.3.2": bar, beat and sixteenth as the ruler counts them, from one; what lies before the first bar is bar 0. */
export function barPosition(positionSeconds: number, beats: BeatAnalysis): string {
  const { beatsSeconds, downbeatsSeconds, bpm } = beats;
  const seconds = positionSeconds + TOLERANCE_SECONDS;
  const bar = countUpTo(downbeatsSeconds, seconds);
  const beat = countUpTo(beatsSeconds, seconds);
  const beatStart = beatsSeconds[beat - 1] ?? 0;
  const beatEnd = beatsSeconds[beat] ?? beatStart + 60 / bpm;
  const quarter = Math.min(3, Math.floor(((seconds - beatStart) / Math.max(1e-6, beatEnd - beatStart)) * 4));
  const barStart = downbeatsSeconds[bar - 1];
  const first = barStart === undefined ? 0 : countUpTo(beatsSeconds, barStart + TOLERANCE_SECONDS) - 1;
  return `${bar}.${Math.max(1, beat - first)}.${quarter + 1}`;
}

/** How many of the ascending times are not later than `seconds`. */
function countUpTo(times: readonly number[], seconds: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}
