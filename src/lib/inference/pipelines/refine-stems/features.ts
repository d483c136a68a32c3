/** What the refiner is shown: the masks of the separation beside what the notes explain. */

import type { Spectrogram } from '$lib/audio/dsp/stft';
import type { Tensor } from '../types';
import { PIPELINE_SAMPLE_RATE_HZ } from '$lib/core/audio';
import type { NoteEvent } from '$lib/core/notes';
import { FFT_SIZE, WINDOW_FRAMES } from '../separate/constants';
import { REFINED_BINS } from './constants';
import { frameCentreSeconds, type ScoreNote } from './note-component';
import { fitNotes } from './note-model';

const FEATURES = 16;
/** Under logarithms of shares and levels. */
export const SHARE_FLOOR = 1e-2;
const LEVEL_FLOOR = 1e-4;
const SILENCE = 1e-12;

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
  const cells = frameCount * REFINED_BINS;
  const plane = WINDOW_FRAMES * REFINED_BINS;
  const data = new Float32Array(FEATURES * plane);
  data.fill(Math.log(SHARE_FLOOR), 0, plane);
  const magnitude = new Float32Array(cells);
  const drums = new Float32Array(cells);
  const gain = 1 / (rms(mix) + SILENCE);
  eachCell(mix, (i, at) => {
    magnitude[i] = gain * Math.sqrt(mix.re[at]! ** 2 + mix.im[at]! ** 2);
    drums[i] = gain * Math.sqrt(window.drums.re[at]! ** 2 + window.drums.im[at]! ** 2);
  });
  const model = fitNotes({ magnitude, drums, firstFrame, frameCount }, notes);
  const shares = [data.subarray(plane), data.subarray(2 * plane), data.subarray(3 * plane)] as const;
  eachCell(mix, (i, at) => {
    const [d, b, o] = netShares(window, at);
    data[i] = Math.log(magnitude[i]! + SHARE_FLOOR);
    shares[0][i] = Math.log(d + SHARE_FLOOR);
    shares[1][i] = Math.log(b + SHARE_FLOOR);
    shares[2][i] = Math.log(o + SHARE_FLOOR);
    const noted = model.bass[i]! + model.other[i]!;
    const explained = noted + drums[i]! + LEVEL_FLOOR;
    data[4 * plane + i] = model.bass[i]! / explained;
    data[5 * plane + i] = model.other[i]! / explained;
    data[12 * plane + i] = model.lowest[i]! / explained;
    data[15 * plane + i] = model.bassLike[i]! / explained;
    const level = magnitude[i]! + LEVEL_FLOOR;
    data[6 * plane + i] = clamp(Math.log(explained / level), -3, 3);
    data[7 * plane + i] = clamp(Math.log((noted + LEVEL_FLOOR) / level), -4, 3);
    const place = (i % REFINED_BINS) / (REFINED_BINS - 1);
    data[8 * plane + i] = place;
    data[9 * plane + i] = Math.log1p(20 * place) / 3;
  });
  for (const isBass of [true, false]) {
    const own = notes.filter((note) => note.isBass === isBass);
    const from = (isBass ? 10 : 11) * plane;
    for (let t = 0; t < frameCount; t++) {
      const seconds = frameCentreSeconds(firstFrame + t);
      const sounds = own.some((n) => n.startSeconds <= seconds && seconds <= n.endSeconds);
      if (sounds) data.fill(1, from + t * REFINED_BINS, from + (t + 1) * REFINED_BINS);
    }
  }
  for (const isLow of [true, false]) {
    const own = strokes.filter(({ pitch }) => LOW_DRUMS.has(pitch) === isLow);
    const from = (isLow ? 13 : 14) * plane;
    for (let t = 0; t < frameCount; t++) {
      const level = struckLevel(own, frameCentreSeconds(firstFrame + t));
      if (level > 0) data.fill(level, from + t * REFINED_BINS, from + (t + 1) * REFINED_BINS);
    }
  }
  return { data, dims: [1, FEATURES, WINDOW_FRAMES, REFINED_BINS] };
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

/** Shares of drums, bass and other in one bin: real parts of the quotients, brought to a sum of 1. */
function netShares({ mix, drums, bass }: RefineWindow, at: number): [number, number, number] {
  const re = mix.re[at]!;
  const im = mix.im[at]!;
  const power = re * re + im * im + SILENCE;
  const d = clamp((drums.re[at]! * re + drums.im[at]! * im) / power, 0, 1);
  const b = clamp((bass.re[at]! * re + bass.im[at]! * im) / power, 0, 1);
  const o = clamp(
    1 - (drums.re[at]! * re + drums.im[at]! * im + bass.re[at]! * re + bass.im[at]! * im) / power,
    0,
    1,
  );
  const sum = d + b + o + 1e-6;
  return [d / sum, b / sum, o / sum];
}

function eachCell({ frameCount, binCount }: Spectrogram, visit: (cell: number, at: number) => void): void {
  for (let t = 0; t < frameCount; t++) {
    for (let k = 0; k < REFINED_BINS; k++) visit(t * REFINED_BINS + k, t * binCount + k);
  }
}

/** Of the refined bins. */
function rms(mix: Spectrogram): number {
  let power = 0;
  eachCell(mix, (_, at) => (power += mix.re[at]! ** 2 + mix.im[at]! ** 2));
  return Math.sqrt(power / Math.max(1, mix.frameCount * REFINED_BINS));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
