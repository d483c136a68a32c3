/** The sound of one pitch of one instrument: where its harmonics lie, and when it may sound. */

import { FFT_SIZE, HOP_SAMPLES, LEAD_FRAMES } from '../separate/constants';
import { PIPELINE_SAMPLE_RATE_HZ } from '$lib/core/audio';
import { BIN_HZ, REFINED_BINS } from './constants';

export const HARMONICS = 24;
/** Half width (standard deviation) of a harmonic: a bin, or this many cents where that is more. */
const WIDTH_CENTS = 20;
const REACH_WIDTHS = 2.5;
/** A note may be heard this long before its written start and after its end. */
const BEFORE_SECONDS = 0.05;
const AFTER_SECONDS = 0.12;

/** A note of the transcription, as the model of a recording needs it. */
export interface ScoreNote {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** MIDI. */
  readonly pitch: number;
  /** Notes of one instrument share their timbre. */
  readonly instrument: number;
  readonly isBass: boolean;
  /** 0-1: how much the note sounds like a bass by itself. */
  readonly bassLikeness: number;
}

/** Sparse: only bins near a harmonic and frames near a note are kept. */
export interface NoteComponent {
  /** MIDI. */
  readonly pitch: number;
  readonly instrument: number;
  readonly isBass: boolean;
  /** Mean of its notes. */
  readonly bassLikeness: number;
  /** Ascending. */
  readonly bins: Int32Array;
  /** Where in `bins` a stretch of neighbours begins, and at last how many bins there are. */
  readonly runs: Int32Array;
  /** Spectrum at `bins`. */
  readonly spectrum: Float64Array;
  readonly frames: Int32Array;
  /** Gain at `frames`. */
  readonly gains: Float64Array;
  /** Which harmonic adds how much to which entry of `bins`. */
  readonly shape: readonly { readonly at: number; readonly harmonic: number; readonly value: number }[];
}

/** One component for each pitch of each instrument that sounds in `frameCount` frames from `firstFrame` of a recording. */
export function noteComponents(
  notes: readonly ScoreNote[],
  firstFrame: number,
  frameCount: number,
): NoteComponent[] {
  const byPitch = new Map<string, ScoreNote[]>();
  for (const note of notes) {
    const key = `${note.instrument} ${note.pitch}`;
    const same = byPitch.get(key);
    if (same === undefined) byPitch.set(key, [note]);
    else same.push(note);
  }
  const components: NoteComponent[] = [];
  for (const same of byPitch.values()) {
    const frames = soundingFrames(same, firstFrame, frameCount);
    const { bins, runs, shape } = harmonicShape(same[0]!.pitch);
    if (frames.length === 0 || bins.length === 0) continue;
    components.push({
      pitch: same[0]!.pitch,
      instrument: same[0]!.instrument,
      isBass: same[0]!.isBass,
      bassLikeness: same.reduce((sum, note) => sum + note.bassLikeness, 0) / same.length,
      bins,
      runs,
      shape,
      spectrum: new Float64Array(bins.length),
      frames,
      gains: new Float64Array(frames.length).fill(1),
    });
  }
  return components;
}

/** The time in the middle of a frame of the separation. */
export function frameCentreSeconds(frame: number): number {
  return ((frame - LEAD_FRAMES) * HOP_SAMPLES + FFT_SIZE / 2) / PIPELINE_SAMPLE_RATE_HZ;
}

function soundingFrames(notes: readonly ScoreNote[], firstFrame: number, frameCount: number): Int32Array {
  const frames: number[] = [];
  for (let t = 0; t < frameCount; t++) {
    const seconds = frameCentreSeconds(firstFrame + t);
    const sounds = notes.some(
      (n) => seconds >= n.startSeconds - BEFORE_SECONDS && seconds <= n.endSeconds + AFTER_SECONDS,
    );
    if (sounds) frames.push(t);
  }
  return Int32Array.from(frames);
}

function harmonicShape(pitch: number): Pick<NoteComponent, 'bins' | 'runs' | 'shape'> {
  const fundamentalHz = 440 * 2 ** ((pitch - 69) / 12);
  const places = new Map<number, number>();
  const shape: { at: number; harmonic: number; value: number }[] = [];
  for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) {
    const hz = fundamentalHz * harmonic;
    if (hz > REFINED_BINS * BIN_HZ) break;
    const widthHz = Math.max(BIN_HZ, hz * (2 ** (WIDTH_CENTS / 1200) - 1));
    const reachHz = REACH_WIDTHS * widthHz;
    const first = Math.max(0, Math.ceil((hz - reachHz) / BIN_HZ));
    const last = Math.min(REFINED_BINS - 1, Math.floor((hz + reachHz) / BIN_HZ));
    for (let bin = first; bin <= last; bin++) {
      const value = Math.exp(-0.5 * ((bin * BIN_HZ - hz) / widthHz) ** 2);
      const at = places.get(bin) ?? places.size;
      places.set(bin, at);
      shape.push({ at, harmonic: harmonic - 1, value });
    }
  }
  const bins = Int32Array.from(places.keys());
  return { bins, runs: runsOf(bins), shape };
}

function runsOf(bins: Int32Array): Int32Array {
  const runs: number[] = [];
  bins.forEach((bin, i) => {
    if (i === 0 || bin !== bins[i - 1]! + 1) runs.push(i);
  });
  return Int32Array.from([...runs, bins.length]);
}
