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
  return {
    bass: fit.sumOf(components.filter((c) => c.isBass)),
    other: fit.sumOf(components.filter((c) => !c.isBass)),
    bassLike: fit.sumOf(
      components.map((c) => ({ ...c, gains: c.gains.map((gain) => gain * c.bassLikeness) })),
    ),
    lowest: fit.sumOf(lowestNotes(components, window.frameCount)),
  };
}

/** What of the components is lowest in its frame, and low. */
function lowestNotes(components: readonly NoteComponent[], frameCount: number): NoteComponent[] {
  const lowest = new Float64Array(frameCount).fill(HIGHEST_LOW_PITCH);
  for (const { pitch, frames } of components) {
    for (const frame of frames) lowest[frame] = Math.min(lowest[frame]!, pitch);
  }
  return components.map((component) => ({
    ...component,
    gains: component.gains.map((gain, k) => (lowest[component.frames[k]!] === component.pitch ? gain : 0)),
  }));
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
    let total = 0;
    for (const v of window.magnitude) total += v;
    const level = total / Math.max(1, window.frameCount) / Math.max(1, components.length);
    for (const c of components) {
      this.spreadEnvelope(c);
      c.gains.fill(level / (c.spectrum.reduce((a, b) => a + b, 0) + TINY));
    }
  }

  improve(shared: boolean): void {
    this.updateRatio();
    for (const c of this.components) this.updateGains(c);
    this.updateRatio();
    if (shared) this.updateEnvelopes();
    else for (const c of this.components) this.updateSpectrum(c);
  }

  sumOf(components: readonly NoteComponent[]): Float32Array<ArrayBuffer> {
    const sum = new Float32Array(this.window.magnitude.length);
    for (const c of components) addTo(sum, c);
    return sum;
  }

  /** What is there over what the model says. */
  private updateRatio(): void {
    const { ratio, window } = this;
    ratio.set(window.drums);
    for (const c of this.components) addTo(ratio, c);
    for (let i = 0; i < ratio.length; i++) ratio[i] = window.magnitude[i]! / (ratio[i]! + TINY);
  }

  private updateGains({ bins, spectrum, frames, gains }: NoteComponent): void {
    const total = spectrum.reduce((a, b) => a + b, 0) + TINY;
    frames.forEach((frame, k) => {
      const row = frame * REFINED_BINS;
      let sum = 0;
      for (let i = 0; i < bins.length; i++) sum += spectrum[i]! * this.ratio[row + bins[i]!]!;
      gains[k]! *= sum / total;
    });
  }

  /** For each bin, the ratio weighted by the gains. */
  private pull({ bins, frames, gains }: NoteComponent): { pulls: Float64Array; gain: number } {
    const pulls = new Float64Array(bins.length);
    let gain = TINY;
    frames.forEach((frame, k) => {
      const row = frame * REFINED_BINS;
      const weight = gains[k]!;
      gain += weight;
      for (let i = 0; i < bins.length; i++) pulls[i]! += weight * this.ratio[row + bins[i]!]!;
    });
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

function addTo(sum: Float32Array, { bins, spectrum, frames, gains }: NoteComponent): void {
  frames.forEach((frame, k) => {
    const row = frame * REFINED_BINS;
    const gain = gains[k]!;
    for (let i = 0; i < bins.length; i++) sum[row + bins[i]!]! += gain * spectrum[i]!;
  });
}
