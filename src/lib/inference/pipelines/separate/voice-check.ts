import type { Tensor } from '../types';
import type { Segment } from './segments';

/** A bin that the model gives to the voice this surely counts as sure. */
const SURE_MASK = 0.9;
/**
 * Of the energy given to a voice, how much lies in sure bins. Real singing: 0.76 and more on ten probes of four songs;
 * instruments that leak into the voice: 0.43 and less on thirty probes (training/split/RESULTS.md).
 */
const LEAST_SURE_SHARE = 0.6;
/** Below this share of the segment's energy (-20 dB) nobody sings. */
const LEAST_VOICE_SHARE = 0.01;
/** Segments that are asked whether anybody sings at all, evenly spaced over the recording. */
const PROBES = 6;

/** The two figures that the decision rests on. */
export interface VoiceEvidence {
  /** The energy given to the voice, of all energy in the model's range. */
  readonly voiceShare: number;
  /** The part of it in bins that are surely voice. */
  readonly sureShare: number;
}

/** `magnitude` as fed to the vocal model and the mask it answered, both [1, 2, WINDOW_FRAMES, bins]. */
export function voiceEvidence(magnitude: Tensor, mask: Tensor): VoiceEvidence {
  let total = 0;
  let voice = 0;
  let sure = 0;
  for (let i = 0; i < mask.data.length; i++) {
    const energy = magnitude.data[i]! ** 2;
    const share = mask.data[i]!;
    const kept = energy * share * share;
    total += energy;
    voice += kept;
    if (share > SURE_MASK) sure += kept;
  }
  return { voiceShare: voice / (total + 1e-9), sureShare: sure / (voice + 1e-9) };
}

/** Whether a segment keeps its voice: otherwise everything stays in the accompaniment. */
export function hasVoice(evidence: VoiceEvidence): boolean {
  return evidence.voiceShare >= LEAST_VOICE_SHARE && evidence.sureShare >= LEAST_SURE_SHARE;
}

/** The indices of the segments to probe: all of a short recording, else the middles of equal parts. */
export function probeSegments(segments: readonly Segment[]): number[] {
  if (segments.length <= PROBES) return segments.map((_, index) => index);
  return Array.from({ length: PROBES }, (_, k) => Math.floor(((k + 0.5) * segments.length) / PROBES));
}
