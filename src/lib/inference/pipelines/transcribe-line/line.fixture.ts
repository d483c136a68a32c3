import { LEVELS_PER_FRAME, LINE_FRAMES_PER_SECOND } from './frames';
import type { LineTrack } from './notes';

export interface SungPart {
  readonly seconds: number;
  /** Fractional MIDI pitch at a time (seconds from the start of the part); undefined for silence. */
  readonly pitch?: (t: number) => number;
  readonly confidence?: number;
  /** dB at a time. */
  readonly level?: (t: number) => number;
}

/** A pitch track as the network would give it. */
export function sungLine(parts: readonly SungPart[]): LineTrack {
  const pitch: number[] = [];
  const confidence: number[] = [];
  const levels: number[] = [];
  for (const part of parts) {
    const frames = Math.round(part.seconds * LINE_FRAMES_PER_SECOND);
    for (let i = 0; i < frames; i++) {
      const t = i / LINE_FRAMES_PER_SECOND;
      pitch.push(part.pitch?.(t) ?? 0);
      confidence.push(part.pitch === undefined ? 0 : (part.confidence ?? 0.9));
      for (let k = 0; k < LEVELS_PER_FRAME; k++) {
        const at = t + k / LEVELS_PER_FRAME / LINE_FRAMES_PER_SECOND;
        levels.push(part.level?.(at) ?? (part.pitch === undefined ? -90 : -20));
      }
    }
  }
  return {
    pitch: Float32Array.from(pitch),
    confidence: Float32Array.from(confidence),
    levels: Float32Array.from(levels),
  };
}
