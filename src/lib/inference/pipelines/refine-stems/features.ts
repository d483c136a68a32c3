/** What the refiner is shown: the masks of the separation beside what the notes explain. */

import type { Spectrogram } from '$lib/audio/dsp/stft';
import type { Tensor } from '../types';
import { PIPELINE_SAMPLE_RATE_HZ } from '$lib/core/audio';
import type { NoteEvent } from '$lib/core/notes';
import { FFT_SIZE, WINDOW_FRAMES } from '../separate/constants';
import { REFINED_BINS } from './constants';
import { frameCentreSeconds, type ScoreNote } from './note-component';
import { fitNotes, type NoteModel } from './note-model';

const FEATURES = 16;
/** Under logarithms of shares and levels. */
export const SHARE_FLOOR = 1e-2;
const LEVEL_FLOOR = 1e-4;
const SILENCE = 1e-12;
const PLANE = WINDOW_FRAMES * REFINED_BINS;

/** The frequency of each bin, linear and logarithmic. */
const PLACES = Float32Array.from({ length: REFINED_BINS }, (_, k) => k / (REFINED_BINS - 1));
const LOG_PLACES = Float32Array.from(
  { length: REFINED_BINS },
  (_, k) => Math.log1p((20 * k) / (REFINED_BINS - 1)) / 3,
);

/** Kick and toms (General MIDI): the drums that share their range with a bass. */
const LOW_DRUMS: ReadonlySet<number> = new Set([36, 45, 47, 50]);
/** How fast a stroke dies away, and how long before it a frame already holds some of it. */
const STROKE_SECONDS = 0.12;
const STROKE_LEAD_SECONDS = FFT_SIZE / 2 / PIPELINE_SAMPLE_RATE_HZ;

/** What was written down of a recording. */
export interface RefineScore {
  /** Every pitched note. */
  readonly notes: readonly ScoreNote[];
  /** Every drum stroke, pitches as General MIDI names drums. */
  readonly strokes: readonly Pick<NoteEvent, 'startSeconds' | 'pitch' | 'velocity'>[];
}

/** The mono sums of a window, and its place in the recording. */
export interface RefineWindow {
  readonly mix: Spectrogram;
  readonly drums: Spectrogram;
  readonly bass: Spectrogram;
  readonly firstFrame: number;
}

/**
 * Input of the network [1, FEATURES, WINDOW_FRAMES, REFINED_BINS]; frames beyond the window are silent. In order: level; the
 * separation's shares of drums, bass and other (logarithms); the notes' shares of bass and other; how much of the level drums and
 * notes explain, and notes alone (logarithms); frequency, linear and logarithmic; whether a bass note sounds, whether another does; the share of
 * the lowest notes; how hard a low drum, and another, was struck a moment ago; the share of all notes, each by how much it sounds like a bass.
 */
export function refineFeatures(window: RefineWindow, { notes, strokes }: RefineScore): Tensor {
  const { mix, firstFrame } = window;
  const { frameCount } = mix;
  const data = new Float32Array(FEATURES * PLANE);
  data.fill(Math.log(SHARE_FLOOR), 0, PLANE);
  const gain = 1 / (rms(mix) + SILENCE);
  const magnitude = magnitudes(mix, gain);
  const drums = magnitudes(window.drums, gain);
  const model = fitNotes({ magnitude, drums, firstFrame, frameCount }, notes);
  writeLevels(data, magnitude);
  writeShares(data, window);
  writeExplained(data, { magnitude, drums, model });
  for (let t = 0; t < frameCount; t++) {
    data.set(PLACES, 8 * PLANE + t * REFINED_BINS);
    data.set(LOG_PLACES, 9 * PLANE + t * REFINED_BINS);
  }
  for (const isBass of [true, false]) {
    const own = notes.filter((note) => note.isBass === isBass);
    const from = (isBass ? 10 : 11) * PLANE;
    for (let t = 0; t < frameCount; t++) {
      const seconds = frameCentreSeconds(firstFrame + t);
      const sounds = own.some((n) => n.startSeconds <= seconds && seconds <= n.endSeconds);
      if (sounds) data.fill(1, from + t * REFINED_BINS, from + (t + 1) * REFINED_BINS);
    }
  }
  for (const isLow of [true, false]) {
    const own = strokes.filter(({ pitch }) => LOW_DRUMS.has(pitch) === isLow);
    const from = (isLow ? 13 : 14) * PLANE;
    for (let t = 0; t < frameCount; t++) {
      const level = struckLevel(own, frameCentreSeconds(firstFrame + t));
      if (level > 0) data.fill(level, from + t * REFINED_BINS, from + (t + 1) * REFINED_BINS);
    }
  }
  return { data, dims: [1, FEATURES, WINDOW_FRAMES, REFINED_BINS] };
}

/** Of the refined bins, times `gain`. */
function magnitudes({ re, im, frameCount, binCount }: Spectrogram, gain: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(frameCount * REFINED_BINS);
  for (let t = 0, i = 0; t < frameCount; t++) {
    for (let k = 0, at = t * binCount; k < REFINED_BINS; k++, at++, i++) {
      out[i] = gain * Math.sqrt(re[at]! * re[at]! + im[at]! * im[at]!);
    }
  }
  return out;
}

function writeLevels(data: Float32Array, magnitude: Float32Array): void {
  for (let i = 0; i < magnitude.length; i++) data[i] = Math.log(magnitude[i]! + SHARE_FLOOR);
}

/** Shares of drums, bass and other in each bin: real parts of the quotients, brought to a sum of 1. */
function writeShares(data: Float32Array, { mix, drums, bass }: RefineWindow): void {
  for (let t = 0, i = PLANE; t < mix.frameCount; t++) {
    for (let k = 0, at = t * mix.binCount; k < REFINED_BINS; k++, at++, i++) {
      const re = mix.re[at]!;
      const im = mix.im[at]!;
      const power = re * re + im * im + SILENCE;
      const ofDrums = drums.re[at]! * re + drums.im[at]! * im;
      const ofBass = bass.re[at]! * re + bass.im[at]! * im;
      const d = clamp(ofDrums / power, 0, 1);
      const b = clamp(ofBass / power, 0, 1);
      const o = clamp(1 - (ofDrums + ofBass) / power, 0, 1);
      const sum = d + b + o + 1e-6;
      data[i] = Math.log(d / sum + SHARE_FLOOR);
      data[i + PLANE] = Math.log(b / sum + SHARE_FLOOR);
      data[i + 2 * PLANE] = Math.log(o / sum + SHARE_FLOOR);
    }
  }
}

interface Explanation {
  readonly magnitude: Float32Array;
  readonly drums: Float32Array;
  readonly model: NoteModel;
}

/** What the notes and the drums explain of each bin, and how much of its level that is. */
function writeExplained(data: Float32Array, { magnitude, drums, model }: Explanation): void {
  const { bass, other, lowest, bassLike } = model;
  for (let i = 0; i < magnitude.length; i++) {
    const noted = bass[i]! + other[i]!;
    const explained = noted + drums[i]! + LEVEL_FLOOR;
    data[4 * PLANE + i] = bass[i]! / explained;
    data[5 * PLANE + i] = other[i]! / explained;
    data[12 * PLANE + i] = lowest[i]! / explained;
    data[15 * PLANE + i] = bassLike[i]! / explained;
    const level = magnitude[i]! + LEVEL_FLOOR;
    data[6 * PLANE + i] = clamp(Math.log(explained / level), -3, 3);
    data[7 * PLANE + i] = clamp(Math.log((noted + LEVEL_FLOOR) / level), -4, 3);
  }
}

/** Of the loudest stroke that still sounds: its velocity, less what has died away. */
function struckLevel(strokes: RefineScore['strokes'], seconds: number): number {
  let level = 0;
  for (const { startSeconds, velocity } of strokes) {
    const since = seconds - startSeconds;
    if (since < -STROKE_LEAD_SECONDS || since > 8 * STROKE_SECONDS) continue;
    level = Math.max(level, velocity * Math.exp(-Math.max(0, since) / STROKE_SECONDS));
  }
  return level;
}

/** Of the refined bins. */
function rms({ re, im, frameCount, binCount }: Spectrogram): number {
  let power = 0;
  for (let t = 0; t < frameCount; t++) {
    for (let k = 0, at = t * binCount; k < REFINED_BINS; k++, at++) {
      power += re[at]! * re[at]! + im[at]! * im[at]!;
    }
  }
  return Math.sqrt(power / Math.max(1, frameCount * REFINED_BINS));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
