import { FFT_SIZE, HOP_SAMPLES, LEAD_FRAMES, MARGIN_FRAMES, WINDOW_FRAMES } from './constants';

/**
 * One window of the separation. Frame f of a recording covers the samples from `(f - LEAD_FRAMES) * HOP_SAMPLES`, so
 * that four frames lie over every sample. The window analyses `frameCount` frames from `firstFrame` and keeps those of
 * [keepFrom, keepTo), counted from `firstFrame`.
 */
export interface Segment {
  readonly firstFrame: number;
  readonly frameCount: number;
  readonly keepFrom: number;
  readonly keepTo: number;
}

/**
 * Segments whose kept frames follow each other and cover `lengthSamples` samples. No window reaches beyond the recording
 * (the vocal model does worse behind silence): the first one has no margin before it, the last one is moved back.
 */
export function planSegments(lengthSamples: number): Segment[] {
  const segments: Segment[] = [];
  if (lengthSamples <= 0) return segments;
  const total = LEAD_FRAMES + Math.ceil(lengthSamples / HOP_SAMPLES);
  const frameCount = Math.min(total, WINDOW_FRAMES);
  for (let from = 0; from < total;) {
    const firstFrame = Math.max(0, Math.min(from - MARGIN_FRAMES, total - frameCount));
    const end = firstFrame + frameCount;
    const to = end === total ? total : end - MARGIN_FRAMES;
    segments.push({ firstFrame, frameCount, keepFrom: from - firstFrame, keepTo: to - firstFrame });
    from = to;
  }
  return segments;
}

/** Which samples a segment's frames touch. */
export function segmentSamples(segment: Segment): {
  readonly startSamples: number;
  readonly lengthSamples: number;
} {
  return {
    startSamples: (segment.firstFrame - LEAD_FRAMES) * HOP_SAMPLES,
    lengthSamples: (segment.frameCount - 1) * HOP_SAMPLES + FFT_SIZE,
  };
}
