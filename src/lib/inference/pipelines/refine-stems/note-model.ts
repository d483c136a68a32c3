/**
 * What a recording would look like if only its notes (and its separated drums) sounded: non-negative matrix factorisation
 * that is told the score, after S. Ewert and M. Müller, "Using score-informed constraints for NMF-based source separation"
 * (ICASSP 2012), with a harmonic envelope for each instrument that all of its pitches share. Updates are those of
 * D. Lee and H. Seung for the Kullback-Leibler divergence.
 */

import { REFINED_BINS } from './constants';
import { HARMONICS, noteComponents, type NoteComponent, type ScoreNote } from './note-component';

/** Rounds in which an instrument's pitches share one envelope, and then rounds in which each goes its own way. */
const SHARED_ROUNDS = 9;
const LOOSE_ROUNDS = 3;
const TINY = 1e-9;

/** The highest pitch (MIDI) of what a bass may play where it is the lowest note. */
const HIGHEST_LOW_PITCH = 55;

/** Magnitudes `[frame * REFINED_BINS + bin]`. */
export interface NoteModel {
  readonly bass: Float32Array<ArrayBuffer>;
  readonly other: Float32Array<ArrayBuffer>;
  /** Every note by how much it sounds like a bass. */
  readonly bassLike: Float32Array<ArrayBuffer>;
  /** The lowest note of each frame, where it is a low one: whatever its instrument was taken for, its role is the bass's. */
  readonly lowest: Float32Array<ArrayBuffer>;
}

export interface ModelWindow {
  /** Magnitudes of the recording and of its drums, `[frame * REFINED_BINS + bin]`. */
  readonly magnitude: Float32Array;
  readonly drums: Float32Array;
  /** Place of the window in the recording, in frames of the separation. */
  readonly firstFrame: number;
  readonly frameCount: number;
}

/** Fits the notes to a window. All zero where no note sounds. */
export function fitNotes(window: ModelWindow, notes: readonly ScoreNote[]): NoteModel {
  const components = noteComponents(notes, window.firstFrame, window.frameCount);
  const fit = new Fit(window, components);
  for (let round = 0; round < SHARED_ROUNDS + LOOSE_ROUNDS; round++) fit.improve(round < SHARED_ROUNDS);
  return sumsOf(components, window);
}

function sumsOf(components: readonly NoteComponent[], { magnitude, frameCount }: ModelWindow): NoteModel {
  const empty = (): Float32Array<ArrayBuffer> => new Float32Array(magnitude.length);
  const model = { bass: empty(), other: empty(), bassLike: empty(), lowest: empty() };
  const lowest = lowestPitches(components, frameCount);
  for (const c of components) {
    addTo(c.isBass ? model.bass : model.other, c, c.gains);
    const bassGains = c.gains.map((gain) => gain * c.bassLikeness);
    addTo(model.bassLike, c, bassGains);
    const lowestGains = c.gains.map((gain, k) => (lowest[c.frames[k]!] === c.pitch ? gain : 0));
    addTo(model.lowest, c, lowestGains);
  }
  return model;
}

/** The lowest pitch (MIDI) of each frame, where it is a low one. */
function lowestPitches(components: readonly NoteComponent[], frameCount: number): Float64Array {
  const lowest = new Float64Array(frameCount).fill(HIGHEST_LOW_PITCH);
  for (const { pitch, frames } of components) {
    for (const frame of frames) lowest[frame] = Math.min(lowest[frame]!, pitch);
  }
  return lowest;
}

class Fit {
  private readonly ratio: Float32Array;
  /** Amplitudes of the harmonics of each instrument. */
  private readonly envelopes = new Map<number, Float64Array>();

  constructor(
    private readonly window: ModelWindow,
    private readonly components: readonly NoteComponent[],
  ) {
    this.ratio = new Float32Array(window.magnitude.length);
    for (const { instrument } of components) {
      this.envelopes.set(
        instrument,
        Float64Array.from({ length: HARMONICS }, (_, h) => 1 / (h + 1)),
      );
    }
    const level = sum(window.magnitude) / Math.max(1, window.frameCount) / Math.max(1, components.length);
    for (const c of components) {
      this.spreadEnvelope(c);
      c.gains.fill(level / (sum(c.spectrum) + TINY));
    }
  }

  improve(shared: boolean): void {
    this.updateRatio();
    for (const c of this.components) this.updateGains(c);
    this.updateRatio();
    if (shared) this.updateEnvelopes();
    else for (const c of this.components) this.updateSpectrum(c);
  }

  /** What is there over what the model says. */
  private updateRatio(): void {
    const { ratio } = this;
    const { magnitude, drums } = this.window;
    ratio.set(drums);
    for (const c of this.components) addTo(ratio, c, c.gains);
    for (let i = 0; i < ratio.length; i++) ratio[i] = magnitude[i]! / (ratio[i]! + TINY);
  }

  private updateGains({ bins, runs, spectrum, frames, gains }: NoteComponent): void {
    const { ratio } = this;
    const total = sum(spectrum) + TINY;
    for (let k = 0; k < frames.length; k++) {
      const row = frames[k]! * REFINED_BINS;
      let found = 0;
      for (let r = 0, i = 0; r + 1 < runs.length; r++) {
        const end = runs[r + 1]!;
        for (let at = row + bins[i]!; i < end; i++, at++) found += spectrum[i]! * ratio[at]!;
      }
      gains[k]! *= found / total;
    }
  }

  /** For each bin, the ratio weighted by the gains. */
  private pull({ bins, runs, frames, gains }: NoteComponent): { pulls: Float64Array; gain: number } {
    const { ratio } = this;
    const pulls = new Float64Array(bins.length);
    let gain = TINY;
    for (let k = 0; k < frames.length; k++) {
      const row = frames[k]! * REFINED_BINS;
      const weight = gains[k]!;
      gain += weight;
      for (let r = 0, i = 0; r + 1 < runs.length; r++) {
        const end = runs[r + 1]!;
        for (let at = row + bins[i]!; i < end; i++, at++) pulls[i]! += weight * ratio[at]!;
      }
    }
    return { pulls, gain };
  }

  private updateSpectrum(component: NoteComponent): void {
    const { pulls, gain } = this.pull(component);
    pulls.forEach((pull, i) => (component.spectrum[i]! *= pull / gain));
  }

  private updateEnvelopes(): void {
    const wanted = new Map<number, Float64Array>();
    const had = new Map<number, Float64Array>();
    for (const instrument of this.envelopes.keys()) {
      wanted.set(instrument, new Float64Array(HARMONICS));
      had.set(instrument, new Float64Array(HARMONICS).fill(TINY));
    }
    for (const c of this.components) {
      const { pulls, gain } = this.pull(c);
      const up = wanted.get(c.instrument)!;
      const down = had.get(c.instrument)!;
      for (const { at, harmonic, value } of c.shape) {
        up[harmonic]! += value * pulls[at]!;
        down[harmonic]! += value * gain;
      }
    }
    for (const [instrument, envelope] of this.envelopes) {
      const up = wanted.get(instrument)!;
      const down = had.get(instrument)!;
      for (let h = 0; h < HARMONICS; h++) envelope[h]! *= up[h]! / down[h]!;
    }
    for (const c of this.components) this.spreadEnvelope(c);
  }

  private spreadEnvelope(component: NoteComponent): void {
    const envelope = this.envelopes.get(component.instrument)!;
    component.spectrum.fill(0);
    for (const { at, harmonic, value } of component.shape) {
      component.spectrum[at]! += value * envelope[harmonic]!;
    }
  }
}

function addTo(
  into: Float32Array,
  { bins, runs, spectrum, frames }: NoteComponent,
  gains: Float64Array,
): void {
  for (let k = 0; k < frames.length; k++) {
    const gain = gains[k]!;
    if (gain === 0) continue;
    const row = frames[k]! * REFINED_BINS;
    for (let r = 0, i = 0; r + 1 < runs.length; r++) {
      const end = runs[r + 1]!;
      for (let at = row + bins[i]!; i < end; i++, at++) into[at]! += gain * spectrum[i]!;
    }
  }
}

function sum(values: Float32Array | Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
