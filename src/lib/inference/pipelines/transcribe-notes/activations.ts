import type { PlayersParameters } from './parameters';

/** Pitches of the network: A0 (MIDI 21) to C8. */
export const PITCHES = 88;
export const LOWEST_PITCH = 21;

/** Nothing below this onset probability ever becomes a note, however high the sensitivity. */
const LOWEST_ONSET = 0.1;
/** An onset this sure ends the reading of the instrument of the note before it. */
const CLEAR_ONSET = 0.3;
/** The instrument is read from this many frames after the onset, most of all from the first ones. */
const CLASS_FRAMES = 12;
const ATTACK_FRAMES = 5;
const SUSTAIN_WEIGHT = 0.25;

/** What the network says of one stretch of audio, row by row: `[frame * 88 + pitch]`. */
export interface NetworkOutput {
  readonly frameCount: number;
  /** Probabilities. */
  readonly onset: Float32Array;
  readonly frame: Float32Array;
  /** 0-1, relative to the rest of the recording. */
  readonly velocity: Float32Array;
  /** Log-probabilities `[(frame * 88 + pitch) * classCount + class]`. */
  readonly classes: Float32Array;
  readonly classCount: number;
  /** What the sound is like `[(feature * 88 + pitch) * frameCount + frame]`; absent where the network does not tell. */
  readonly timbre?: Float32Array;
}

/** A place where a note may begin. */
export interface NoteCandidate {
  /** 0-87. */
  readonly pitchIndex: number;
  readonly frame: number;
  /** Centre of the onset peak, in frames. */
  readonly centreFrames: number;
  /** Probability of the onset. */
  readonly onset: number;
  readonly velocity: number;
  /** Mean log-probability of each instrument class over the note's beginning. */
  readonly classScores: Float32Array<ArrayBuffer>;
  /** Mean of the timbre over the same frames; gone once the players are known. */
  readonly timbre?: Float32Array<ArrayBuffer>;
  readonly players?: NotePlayers;
}

/** Which families play a note, each by itself: one note may be played by several. In the order of {@link PlayersParameters}. */
export interface NotePlayers {
  /** Probabilities. */
  readonly families: Float32Array<ArrayBuffer>;
  /** 0-1: how hard each would have struck it. */
  readonly velocities: Float32Array<ArrayBuffer>;
}

/** All that is kept of a run: enough to decode again at another sensitivity. Can be cloned and stored as it is. */
export interface NoteActivations {
  readonly frameCount: number;
  /** Frame probabilities times 255, `[frame * 88 + pitch]`. */
  readonly frames: Uint8Array<ArrayBuffer>;
  /** Ordered by pitch, then frame. */
  readonly candidates: readonly NoteCandidate[];
  /** What the candidates' players mean, where they have any. */
  readonly players?: PlayersParameters;
}

/** Local maxima of one pitch's onsets that reach `LOWEST_ONSET`. */
function onsetPeaks(output: NetworkOutput, pitchIndex: number): number[] {
  const { onset, frameCount } = output;
  const peaks: number[] = [];
  for (let f = 0; f < frameCount; f++) {
    const here = onset[f * PITCHES + pitchIndex]!;
    if (here < LOWEST_ONSET) continue;
    const before = f > 0 ? onset[(f - 1) * PITCHES + pitchIndex]! : -1;
    const after = f + 1 < frameCount ? onset[(f + 1) * PITCHES + pitchIndex]! : -1;
    if (here >= before && here > after) peaks.push(f);
  }
  return peaks;
}

/** How much a frame of a note tells of its instrument. */
function frameWeights({ frame }: NetworkOutput, pitchIndex: number, from: number, to: number): Float64Array {
  const weights = new Float64Array(to - from);
  for (let f = from; f < to; f++) {
    weights[f - from] =
      (f - from < ATTACK_FRAMES ? 1 : SUSTAIN_WEIGHT) * (frame[f * PITCHES + pitchIndex]! + 1e-3);
  }
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

function classScores(
  { classes, classCount }: NetworkOutput,
  pitchIndex: number,
  from: number,
  weights: Float64Array,
): Float32Array<ArrayBuffer> {
  const scores = new Float64Array(classCount);
  weights.forEach((weight, k) => {
    const cell = (from + k) * PITCHES + pitchIndex;
    for (let c = 0; c < classCount; c++) scores[c]! += weight * classes[cell * classCount + c]!;
  });
  return Float32Array.from(scores);
}

function meanTimbre(
  { timbre, frameCount }: NetworkOutput,
  pitchIndex: number,
  from: number,
  weights: Float64Array,
): Float32Array<ArrayBuffer> | undefined {
  if (timbre === undefined) return undefined;
  const features = timbre.length / (PITCHES * frameCount);
  return Float32Array.from({ length: features }, (_, k) => {
    const row = (k * PITCHES + pitchIndex) * frameCount + from;
    return weights.reduce((sum, weight, f) => sum + weight * timbre[row + f]!, 0);
  });
}

/** Every place of a run where a note may begin, ordered by pitch, then frame. */
function findCandidates(output: NetworkOutput): NoteCandidate[] {
  const { onset, velocity, frameCount } = output;
  const candidates: NoteCandidate[] = [];
  for (let pitchIndex = 0; pitchIndex < PITCHES; pitchIndex++) {
    const peaks = onsetPeaks(output, pitchIndex);
    peaks.forEach((peak, k) => {
      let weight = 0;
      let moment = 0;
      let loudness = 0;
      for (let f = Math.max(0, peak - 1); f <= Math.min(frameCount - 1, peak + 1); f++) {
        const w = onset[f * PITCHES + pitchIndex]!;
        weight += w;
        moment += w * f;
        loudness += w * velocity[f * PITCHES + pitchIndex]!;
      }
      let stop = Math.min(frameCount, peak + CLASS_FRAMES);
      for (let n = k + 1; n < peaks.length && peaks[n]! < stop; n++) {
        if (onset[peaks[n]! * PITCHES + pitchIndex]! >= CLEAR_ONSET) stop = peaks[n]!;
      }
      const weights = frameWeights(output, pitchIndex, peak, stop);
      const timbre = meanTimbre(output, pitchIndex, peak, weights);
      candidates.push({
        pitchIndex,
        frame: peak,
        centreFrames: moment / weight,
        onset: onset[peak * PITCHES + pitchIndex]!,
        velocity: loudness / weight,
        classScores: classScores(output, pitchIndex, peak, weights),
        ...(timbre && { timbre }),
      });
    });
  }
  return candidates;
}

/** Collects the runs over a recording, chunk by chunk, into {@link NoteActivations}. */
export class ActivationCollector {
  private readonly frames: Uint8Array<ArrayBuffer>;
  private readonly candidates: NoteCandidate[] = [];
  private readonly frameCount: number;

  constructor(frameCount: number) {
    this.frameCount = frameCount;
    this.frames = new Uint8Array(frameCount * PITCHES);
  }

  /**
   * Takes the frames `from` to `to - 1` of the recording out of a run whose first frame is `firstFrame` of the
   * recording (it may be negative: silence in front).
   */
  add(
    output: NetworkOutput,
    place: { readonly firstFrame: number; readonly from: number; readonly to: number },
  ): void {
    const { firstFrame, from, to } = place;
    for (let f = from; f < Math.min(to, this.frameCount); f++) {
      const source = (f - firstFrame) * PITCHES;
      for (let p = 0; p < PITCHES; p++) {
        this.frames[f * PITCHES + p] = Math.round(255 * output.frame[source + p]!);
      }
    }
    for (const candidate of findCandidates(output)) {
      const frame = candidate.frame + firstFrame;
      if (frame < from || frame >= Math.min(to, this.frameCount)) continue;
      this.candidates.push({ ...candidate, frame, centreFrames: candidate.centreFrames + firstFrame });
    }
  }

  finish(): NoteActivations {
    this.candidates.sort((a, b) => a.pitchIndex - b.pitchIndex || a.frame - b.frame);
    return { frameCount: this.frameCount, frames: this.frames, candidates: this.candidates };
  }
}
