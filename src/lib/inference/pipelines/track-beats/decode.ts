/**
 * Beats and downbeats from a network's activations: the best path through beats of every tempo, bar position and metre.
 *
 * The model is the bar-pointer hidden Markov model (Whiteley et al. 2006; Krebs, Boeck, Widmer 2015) written over whole
 * beats instead of frames: inside a beat nothing is decided, so a beat of `interval` frames that starts at frame `t` has
 * one score, and the search runs over (frame, metre, beat of the bar, interval).
 */

export interface BeatActivations {
  /** Chance that a frame is a beat that is no downbeat, 0-1. */
  readonly beat: Float32Array;
  /** Chance that a frame is a downbeat, 0-1. */
  readonly downbeat: Float32Array;
  readonly framesPerSecond: number;
}

export interface BeatDecoderOptions {
  readonly lowestBpm: number;
  readonly highestBpm: number;
  readonly beatsPerBar: readonly number[];
  /** How strongly tempo stays: cost of a relative change of 1 between two beats. */
  readonly tempoStiffness: number;
  /** The part of a beat, counted from its start, in which the network should answer "beat". */
  readonly beatPart: number;
  /** Centre and width (octaves) of the tempo preference and its weight a second. */
  readonly preferredBpm: number;
  readonly preferenceOctaves: number;
  readonly preferenceWeight: number;
  /** What a bar of other than four beats has to be better by, in log-chances a beat. */
  readonly unusualMetreCost: number;
  /** Weight a second of what a network says about the tempo, where one does. */
  readonly tempoWeight: number;
}

/** What a network says about the tempo of a recording: value k is for `lowestBpm * 2 ** (k / perOctave)`. */
export interface TempoOpinion {
  readonly logChances: Float32Array;
  readonly lowestBpm: number;
  readonly perOctave: number;
}

/** A network that has never heard a tempo is not sure that there is none: nothing counts as less likely than this. */
const LOWEST_TEMPO_LOG = -6;

/** Log-chance of a tempo against the likeliest one, between the values of the opinion. */
function tempoLog({ logChances, lowestBpm, perOctave }: TempoOpinion, bpm: number): number {
  const at = Math.min(logChances.length - 1, Math.max(0, Math.log2(bpm / lowestBpm) * perOctave));
  const left = Math.floor(at);
  const right = Math.min(logChances.length - 1, left + 1);
  const value = logChances[left]! + (at - left) * (logChances[right]! - logChances[left]!);
  return Math.max(LOWEST_TEMPO_LOG, value - Math.max(...logChances));
}

export interface DecodedBeats {
  readonly beatsSeconds: readonly number[];
  /** For each beat its place in the bar, 0 = downbeat. */
  readonly barPositions: readonly number[];
  readonly beatsPerBar: number;
}

const FLOOR = 1e-4;
/** Frames are interpolated to this rate, so that an interval of whole frames names a tempo closely enough. */
const SEARCH_FRAMES_PER_SECOND = 100;

interface SearchSignals {
  readonly frames: number;
  /** log p(beat, no downbeat), log p(downbeat) a frame; cumulative sums with a leading 0. */
  readonly beatSum: Float64Array;
  readonly downSum: Float64Array;
  readonly restSum: Float64Array;
}

function searchSignals(activations: BeatActivations, beatPart: number): SearchSignals {
  const ratio = SEARCH_FRAMES_PER_SECOND / activations.framesPerSecond;
  const source = activations.beat.length;
  const frames = Math.max(1, Math.round(source * ratio));
  const beatSum = new Float64Array(frames + 1);
  const downSum = new Float64Array(frames + 1);
  const restSum = new Float64Array(frames + 1);
  const restShare = Math.log(1 / beatPart - 1);
  for (let i = 0; i < frames; i++) {
    const at = Math.min(source - 1, i / ratio);
    const left = Math.floor(at);
    const right = Math.min(source - 1, left + 1);
    const part = at - left;
    const mix = (signal: Float32Array): number => signal[left]! * (1 - part) + signal[right]! * part;
    const beat = mix(activations.beat);
    const down = mix(activations.downbeat);
    beatSum[i + 1] = beatSum[i]! + Math.log(Math.max(FLOOR, beat));
    downSum[i + 1] = downSum[i]! + Math.log(Math.max(FLOOR, down));
    restSum[i + 1] = restSum[i]! + Math.log(Math.max(FLOOR, 1 - beat - down)) - restShare;
  }
  return { frames, beatSum, downSum, restSum };
}

/** One metre: scores and back pointers of every (frame, beat of the bar, interval). */
function searchMetre(
  signals: SearchSignals,
  beatsPerBar: number,
  options: BeatDecoderOptions,
  tempo: TempoOpinion | undefined,
): { score: number; beatFrames: number[]; barPositions: number[] } {
  const shortest = Math.round((60 * SEARCH_FRAMES_PER_SECOND) / options.highestBpm);
  const longest = Math.round((60 * SEARCH_FRAMES_PER_SECOND) / options.lowestBpm);
  const tempi = longest - shortest + 1;
  const { frames, beatSum, downSum, restSum } = signals;
  const width = tempi * beatsPerBar;
  // A ring of the last `longest` + 1 frames is all that a beat can look back on.
  const ringLength = longest + 1;
  const ring = new Float64Array(ringLength * width).fill(-Infinity);
  const from = new Uint8Array((frames + longest + 1) * width);
  const arrive = new Float64Array(tempi);
  const steps: { readonly first: number; readonly costs: Float64Array }[] = [];
  const preference = new Float64Array(tempi);
  for (let k = 0; k < tempi; k++) {
    const interval = shortest + k;
    const bpm = (60 * SEARCH_FRAMES_PER_SECOND) / interval;
    const octaves = Math.log2(bpm / options.preferredBpm) / options.preferenceOctaves;
    const usual = -0.5 * octaves * octaves * options.preferenceWeight;
    const heard = tempo === undefined ? 0 : tempoLog(tempo, bpm) * options.tempoWeight;
    preference[k] = ((usual + heard) * interval) / SEARCH_FRAMES_PER_SECOND;
    const reach = Math.max(1, Math.ceil(interval * 0.12));
    const first = Math.max(0, k - reach);
    const last = Math.min(tempi - 1, k + reach);
    const costs = new Float64Array(last - first + 1);
    // Cost of coming from interval `first + j` to this one.
    for (let j = 0; j < costs.length; j++) {
      costs[j] = options.tempoStiffness * Math.abs(interval / (shortest + first + j) - 1);
    }
    steps.push({ first, costs });
  }
  const total = restSum[frames]!;
  const beatScore = (start: number, interval: number, position: number): number => {
    const from0 = Math.min(frames, Math.max(0, start));
    const head = Math.min(frames, Math.max(0, start + Math.max(1, Math.floor(interval * options.beatPart))));
    const end = Math.min(frames, Math.max(0, start + interval));
    const sums = position === 0 ? downSum : beatSum;
    return sums[head]! - sums[from0]! + restSum[end]! - restSum[head]!;
  };
  let best = -Infinity;
  let bestFrame = 0;
  let bestState = 0;
  // Frame index `t` is shifted by `longest`: the first beat may have begun before the recording did.
  for (let t = 0; t < frames + longest; t++) {
    const start = t - longest;
    const row = (t % ringLength) * width;
    for (let position = 0; position < beatsPerBar; position++) {
      const before = (position + beatsPerBar - 1) % beatsPerBar;
      for (let k = 0; k < tempi; k++) {
        const interval = shortest + k;
        const begun = t - interval;
        if (begun < 0) {
          arrive[k] = -Infinity;
          continue;
        }
        const previous = ring[(begun % ringLength) * width + before * tempi + k]!;
        arrive[k] =
          previous === -Infinity
            ? -Infinity
            : previous + beatScore(begun - longest, interval, before) + preference[k]!;
      }
      const base = row + position * tempi;
      for (let k = 0; k < tempi; k++) {
        const { first, costs } = steps[k]!;
        let value = -Infinity;
        let source = 255;
        for (let j = 0; j < costs.length; j++) {
          const candidate = arrive[first + j]! - costs[j]!;
          if (candidate > value) {
            value = candidate;
            source = first + j;
          }
        }
        // Every tempo and place in the bar may open the recording.
        if (start <= 0 && start > -(shortest + k)) {
          if (value < 0) {
            value = 0;
            source = 255;
          }
        }
        ring[base + k] = value;
        from[t * width + position * tempi + k] = source;
        // A last beat that runs past the end.
        if (start >= 0 && start < frames && start + shortest + k >= frames && value > -Infinity) {
          const ending = value + beatScore(start, shortest + k, position) + preference[k]!;
          if (ending > best) {
            best = ending;
            bestFrame = t;
            bestState = position * tempi + k;
          }
        }
      }
    }
  }
  const beatFrames: number[] = [];
  const barPositions: number[] = [];
  let frame = bestFrame;
  let state = bestState;
  for (;;) {
    const position = Math.floor(state / tempi);
    if (frame - longest >= 0) {
      beatFrames.push(frame - longest);
      barPositions.push(position);
    }
    const source = from[frame * width + state]!;
    if (source === 255) break;
    frame -= shortest + source;
    state = ((position + beatsPerBar - 1) % beatsPerBar) * tempi + source;
    if (frame < 0) break;
  }
  return { score: best - total, beatFrames: beatFrames.reverse(), barPositions: barPositions.reverse() };
}

/** The best beats over all metres. An empty recording gives no beats; a flat activation gives evenly spaced ones. */
export function decodeBeats(
  activations: BeatActivations,
  options: BeatDecoderOptions,
  tempo?: TempoOpinion,
): DecodedBeats {
  if (activations.beat.length === 0) return { beatsSeconds: [], barPositions: [], beatsPerBar: 4 };
  const signals = searchSignals(activations, options.beatPart);
  let best: { score: number; beatFrames: number[]; barPositions: number[] } | undefined;
  let metre = 4;
  for (const beatsPerBar of options.beatsPerBar) {
    const found = searchMetre(signals, beatsPerBar, options, tempo);
    const score = found.score - (beatsPerBar === 4 ? 0 : options.unusualMetreCost * found.beatFrames.length);
    if (best === undefined || score > best.score) {
      best = { ...found, score };
      metre = beatsPerBar;
    }
  }
  return {
    beatsSeconds: (best?.beatFrames ?? []).map((frame) => frame / SEARCH_FRAMES_PER_SECOND),
    barPositions: best?.barPositions ?? [],
    beatsPerBar: metre,
  };
}
