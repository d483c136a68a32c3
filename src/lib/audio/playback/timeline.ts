import type { LoopRegion } from './types';

/** A stretch of the recording and when (seconds after the clock's anchor) it sounds. */
export interface Span {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly delaySeconds: number;
}

/** Loops shorter than this would be a buzz and flood the scheduler. */
const MIN_LOOP_SECONDS = 0.05;

/** A loop that can be played, or null. */
export function usableLoop(loop: LoopRegion | null, durationSeconds: number): LoopRegion | null {
  if (loop === null) return null;
  const startSeconds = Math.max(0, Math.min(loop.startSeconds, loop.endSeconds));
  const endSeconds = Math.min(durationSeconds, Math.max(loop.startSeconds, loop.endSeconds));
  return endSeconds - startSeconds >= MIN_LOOP_SECONDS ? { startSeconds, endSeconds } : null;
}

/**
 * What sounds in the next `lengthSeconds` from a position. A position before the end of the loop wraps at its end; one
 * behind it plays on to the end of the recording.
 */
export function spans(input: {
  readonly fromSeconds: number;
  readonly lengthSeconds: number;
  readonly durationSeconds: number;
  readonly loop: LoopRegion | null;
}): Span[] {
  const found: Span[] = [];
  let position = input.fromSeconds;
  let delaySeconds = 0;
  const loop = input.loop !== null && position < input.loop.endSeconds ? input.loop : null;
  const wall = loop?.endSeconds ?? input.durationSeconds;
  while (delaySeconds < input.lengthSeconds && position < wall) {
    const length = Math.min(wall - position, input.lengthSeconds - delaySeconds);
    found.push({ startSeconds: position, endSeconds: position + length, delaySeconds });
    delaySeconds += length;
    position += length;
    if (loop !== null && position >= wall - 1e-9) position = loop.startSeconds;
  }
  return found;
}

/** Where playback is `elapsedSeconds` after it was at a position. */
export function positionAfter(input: {
  readonly fromSeconds: number;
  readonly elapsedSeconds: number;
  readonly durationSeconds: number;
  readonly loop: LoopRegion | null;
}): number {
  const { fromSeconds, elapsedSeconds, loop } = input;
  const linear = fromSeconds + elapsedSeconds;
  if (loop === null || fromSeconds >= loop.endSeconds || linear < loop.endSeconds) {
    return Math.min(input.durationSeconds, linear);
  }
  const length = loop.endSeconds - loop.startSeconds;
  return loop.startSeconds + ((linear - loop.endSeconds) % length);
}
