/** From the 360 chances of CREPE to one pitch a frame: peaks of each frame, then the smoothest path through them. */

export const CREPE_BINS = 360;
/** Peaks kept a frame. */
export const CANDIDATES = 4;
const CENTS_PER_BIN = 20;
/** Cents of bin 0 above 10 Hz (Kim et al. 2018). */
const FIRST_BIN_CENTS = 1997.3794084376191;
/** MIDI pitch of 10 Hz. */
const TEN_HZ_PITCH = 69 + 12 * Math.log2(10 / 440);
/** Bins around a peak whose mean gives its place between bins. */
const REFINE_BINS = 4;
/** Cost of a step of one semitone between frames 20 ms apart, and the most a step may cost. */
const STEP_COST = 0.35;
const MAX_STEP_COST = 4;

/** {@link CANDIDATES} peaks a frame, strongest first; unused places have strength 0. */
export interface PitchCandidates {
  /** [frames, candidates] fractional MIDI pitch. */
  readonly pitch: Float32Array;
  /** [frames, candidates] 0-1. */
  readonly strength: Float32Array;
}

export function emptyCandidates(frames: number): PitchCandidates {
  return { pitch: new Float32Array(frames * CANDIDATES), strength: new Float32Array(frames * CANDIDATES) };
}

/** Writes the strongest peaks of one row of network output. */
export function pickCandidates(
  chances: Float32Array,
  chancesOffset: number,
  into: PitchCandidates,
  frame: number,
): void {
  const at = (bin: number): number => (bin >= 0 && bin < CREPE_BINS ? chances[chancesOffset + bin]! : 0);
  const base = frame * CANDIDATES;
  for (let bin = 0; bin < CREPE_BINS; bin++) {
    const value = at(bin);
    if (value < 0.03 || value < at(bin - 1) || value <= at(bin + 1)) continue;
    let slot = CANDIDATES;
    while (slot > 0 && into.strength[base + slot - 1]! < value) slot--;
    if (slot === CANDIDATES) continue;
    for (let k = CANDIDATES - 1; k > slot; k--) {
      into.strength[base + k] = into.strength[base + k - 1]!;
      into.pitch[base + k] = into.pitch[base + k - 1]!;
    }
    let weight = 0;
    let moment = 0;
    for (let k = bin - REFINE_BINS; k <= bin + REFINE_BINS; k++) {
      weight += at(k);
      moment += at(k) * k;
    }
    into.strength[base + slot] = value;
    into.pitch[base + slot] = TEN_HZ_PITCH + (FIRST_BIN_CENTS + (moment / weight) * CENTS_PER_BIN) / 100;
  }
}

export interface PitchTrack {
  /** Fractional MIDI pitch a frame; 0 where nothing was heard. */
  readonly pitch: Float32Array<ArrayBuffer>;
  /** Chance that the pitch is right, 0-1; 0 where nothing was heard. */
  readonly confidence: Float32Array<ArrayBuffer>;
}

/**
 * Viterbi over the candidates of neighbouring frames: strong candidates and small steps win. A frame without candidates
 * ends the path; the next one begins afresh.
 */
export function smoothPitch(candidates: PitchCandidates): PitchTrack {
  const frames = candidates.strength.length / CANDIDATES;
  const pitch = new Float32Array(frames);
  const confidence = new Float32Array(frames);
  const cost = new Float64Array(frames * CANDIDATES).fill(Infinity);
  const from = new Int8Array(frames * CANDIDATES).fill(-1);
  const isHeard = (frame: number): boolean =>
    frame >= 0 && frame < frames && candidates.strength[frame * CANDIDATES]! > 0;
  for (let frame = 0; frame < frames; frame++) {
    if (!isHeard(frame)) continue;
    for (let k = 0; k < CANDIDATES; k++) {
      const here = frame * CANDIDATES + k;
      const strength = candidates.strength[here]!;
      if (strength <= 0) break;
      const own = -Math.log(strength + 0.02);
      if (!isHeard(frame - 1)) {
        cost[here] = own;
        continue;
      }
      for (let j = 0; j < CANDIDATES; j++) {
        const before = (frame - 1) * CANDIDATES + j;
        if (candidates.strength[before]! <= 0) break;
        const step = Math.min(
          MAX_STEP_COST,
          STEP_COST * Math.abs(candidates.pitch[here]! - candidates.pitch[before]!),
        );
        const total = cost[before]! + step + own;
        if (total < cost[here]!) {
          cost[here] = total;
          from[here] = j;
        }
      }
    }
  }
  for (let end = frames - 1; end >= 0; end--) {
    if (!isHeard(end) || isHeard(end + 1)) continue;
    let best = 0;
    for (let k = 1; k < CANDIDATES; k++) {
      if (cost[end * CANDIDATES + k]! < cost[end * CANDIDATES + best]!) best = k;
    }
    for (let frame = end, k = best; k >= 0; frame--) {
      const here = frame * CANDIDATES + k;
      pitch[frame] = candidates.pitch[here]!;
      confidence[frame] = candidates.strength[here]!;
      k = from[here]!;
    }
  }
  return { pitch, confidence };
}
