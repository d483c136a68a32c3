/**
 * From activations to hits. Equal to training/drums/decode.py (golden test tests/fixtures/golden/drums-decode.json);
 * needs no network, so a changed sensitivity re-decodes at once.
 */

import { compareNotes, type NoteEvent } from '$lib/core/notes';
import { DRUM_FRAMES_PER_SECOND } from './features';
import { DRUM_CLASSES, drumNote, thresholdsAt, type DrumClass, type DrumThresholds } from './kit';

const CLASS_COUNT = DRUM_CLASSES.length;
/** Outputs a frame: an onset activation per class, then a velocity per class. */
export const DRUM_OUTPUTS = 2 * CLASS_COUNT;

/** A hit is the highest activation of its class within this many frames. */
const PEAK_REACH_FRAMES = 2;
/** Two hits of a class closer than this are one (flams count once). */
const MERGE_SECONDS = 0.03;
/** Hits of two classes closer than this are one stroke. */
const TOGETHER_SECONDS = 0.03;
/** Drum notes have no length of their own; this one shows well in an editor. */
const NOTE_SECONDS = 0.1;

/** What the network answered for a whole recording. */
export interface DrumActivations {
  readonly frameCount: number;
  /** [frameCount, {@link DRUM_OUTPUTS}], 0-1. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** One detected stroke. */
export interface DrumHit {
  readonly seconds: number;
  readonly drumClass: DrumClass;
  /** 0-1. */
  readonly velocity: number;
  /** Activation at the peak, 0-1. */
  readonly activation: number;
}

interface Peak {
  readonly frame: number;
  readonly height: number;
}

/** Local maxima of one class at or above `threshold`, placed between frames by a parabola through three of them. */
function pickPeaks({ frameCount, values }: DrumActivations, classIndex: number, threshold: number): Peak[] {
  const at = (t: number): number => (t < 0 || t >= frameCount ? 0 : values[t * DRUM_OUTPUTS + classIndex]!);
  const peaks: Peak[] = [];
  for (let t = 0; t < frameCount; t++) {
    const mid = at(t);
    if (mid < threshold) continue;
    let highest = true;
    for (let k = 1; k <= PEAK_REACH_FRAMES && highest; k++) highest = at(t - k) <= mid && at(t + k) <= mid;
    if (!highest) continue;
    const left = at(t - 1);
    const right = at(t + 1);
    const curve = left - 2 * mid + right;
    const frame = t + (curve < -1e-6 ? (0.5 * (left - right)) / curve : 0);
    const last = peaks.at(-1);
    if (last !== undefined && (frame - last.frame) / DRUM_FRAMES_PER_SECOND < MERGE_SECONDS) {
      if (mid > last.height) peaks[peaks.length - 1] = { frame, height: mid };
    } else peaks.push({ frame, height: mid });
  }
  return peaks;
}

/** Of two classes struck at once keeps the one further above its threshold: a hat is open or closed, not both. */
function keepOneOf(
  hits: DrumHit[],
  pair: readonly [DrumClass, DrumClass],
  thresholds: DrumThresholds,
): DrumHit[] {
  const dropped = new Set<DrumHit>();
  const surety = (hit: DrumHit): number => hit.activation / thresholds[hit.drumClass];
  forEachTogether(hits, pair, (a, b) => dropped.add(surety(a) < surety(b) ? a : b));
  return hits.filter((hit) => !dropped.has(hit));
}

/** Puts the second class of a pair on the stroke of the first: a layered clap sounds with its snare. */
function snapTo(hits: DrumHit[], pair: readonly [DrumClass, DrumClass]): DrumHit[] {
  const moved = new Map<DrumHit, number>();
  forEachTogether(hits, pair, (a, b) => {
    if (a.drumClass === pair[0]) moved.set(b, a.seconds);
    else moved.set(a, b.seconds);
  });
  return hits.map((hit) => ({ ...hit, seconds: moved.get(hit) ?? hit.seconds }));
}

/** Calls back for every two hits of different classes of the pair within {@link TOGETHER_SECONDS}; hits sorted by time. */
function forEachTogether(
  hits: readonly DrumHit[],
  pair: readonly [DrumClass, DrumClass],
  found: (earlier: DrumHit, later: DrumHit) => void,
): void {
  const some = hits.filter((hit) => pair.includes(hit.drumClass));
  for (const [i, a] of some.entries()) {
    for (let j = i + 1; j < some.length; j++) {
      const b = some[j]!;
      if (b.seconds - a.seconds > TOGETHER_SECONDS) break;
      if (a.drumClass !== b.drumClass) found(a, b);
    }
  }
}

/** Every hit above the thresholds, in order of time. */
export function pickDrumHits(activations: DrumActivations, thresholds: DrumThresholds): DrumHit[] {
  const hits: DrumHit[] = [];
  for (const [c, drumClass] of DRUM_CLASSES.entries()) {
    for (const { frame, height } of pickPeaks(activations, c, thresholds[drumClass])) {
      const t = Math.min(activations.frameCount - 1, Math.max(0, Math.round(frame)));
      const velocity = activations.values[t * DRUM_OUTPUTS + CLASS_COUNT + c]!;
      hits.push({
        seconds: Math.max(0, frame / DRUM_FRAMES_PER_SECOND),
        drumClass,
        velocity,
        activation: height,
      });
    }
  }
  hits.sort((a, b) => a.seconds - b.seconds);
  const single = keepOneOf(hits, ['closed_hat', 'open_hat'], thresholds);
  return snapTo(single, ['snare', 'clap']);
}

/** 0.5 at the threshold as trained, 1 for a full activation, below 0.5 for what only a raised sensitivity lets in. */
function confidenceOf(activation: number, threshold: number): number {
  return activation >= threshold
    ? 0.5 + (0.5 * (activation - threshold)) / (1 - threshold)
    : (0.5 * activation) / threshold;
}

/**
 * Notes of a drum track.
 *
 * @param thresholds as trained, from the model's manifest entry.
 * @param sensitivity 0 only the surest, 0.5 as trained, 1 nearly everything.
 */
export function decodeDrums(
  activations: DrumActivations,
  thresholds: DrumThresholds,
  sensitivity = 0.5,
): NoteEvent[] {
  const hits = pickDrumHits(activations, thresholdsAt(thresholds, sensitivity));
  const nextStart = new Map<DrumClass, number>();
  const notes: NoteEvent[] = [];
  for (const hit of hits.toReversed()) {
    const gap = (nextStart.get(hit.drumClass) ?? Number.POSITIVE_INFINITY) - hit.seconds;
    nextStart.set(hit.drumClass, hit.seconds);
    notes.push({
      startSeconds: hit.seconds,
      durationSeconds: Math.min(NOTE_SECONDS, gap),
      pitch: drumNote(hit.drumClass),
      velocity: Math.min(1, Math.max(1 / 127, hit.velocity)),
      confidence: confidenceOf(hit.activation, thresholds[hit.drumClass]),
    });
  }
  return notes.sort(compareNotes);
}
