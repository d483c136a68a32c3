import { applyBend, velocityGain, VoicePool, type Instrument, type VoiceNote } from './instrument';
import type { SynthPatch } from './patches';

const MIDDLE_C = 60;

function pitchHz(pitch: number): number {
  return 440 * 2 ** ((pitch - 69) / 12);
}

/** A small subtractive and FM synthesiser: nodes live only as long as their note. */
export class Synth implements Instrument {
  readonly #context: BaseAudioContext;
  readonly #patch: SynthPatch;
  readonly #voices: VoicePool;

  constructor(context: BaseAudioContext, output: AudioNode, patch: SynthPatch) {
    this.#context = context;
    this.#patch = patch;
    this.#voices = new VoicePool(context, output);
  }

  play(note: VoiceNote, whenSeconds: number): void {
    const context = this.#context;
    const patch = this.#patch;
    const held = Math.max(0.03, note.durationSeconds);
    const end = whenSeconds + held + patch.release * 1.6;
    const level = context.createGain();
    const mix = context.createGain();
    this.#shape(mix, level, note, whenSeconds);

    const hz = pitchHz(note.pitch);
    const sources: AudioScheduledSourceNode[] = [];
    const carriers = patch.oscillators.map(({ wave, detuneCents, gain }) => {
      const oscillator = context.createOscillator();
      oscillator.type = wave;
      oscillator.frequency.value = hz;
      oscillator.detune.value = detuneCents;
      applyBend(oscillator.detune, note, whenSeconds, detuneCents);
      const amount = context.createGain();
      amount.gain.value = gain;
      oscillator.connect(amount).connect(mix);
      sources.push(oscillator);
      return oscillator;
    });
    if (patch.fm !== undefined)
      sources.push(this.#modulator(carriers, patch.fm, hz, note.velocity, whenSeconds));
    if (patch.vibrato !== undefined && held > patch.vibrato.delay + 0.1) {
      sources.push(this.#vibrato(carriers, patch.vibrato, whenSeconds));
    }
    for (const source of sources) source.start(whenSeconds);
    this.#envelope(level.gain, note.velocity, whenSeconds, held);
    this.#voices.add(level, sources, { start: whenSeconds, end });
  }

  stop(): void {
    this.#voices.endAll();
  }

  #envelope(gain: AudioParam, velocity: number, when: number, held: number): void {
    const { attack, decay, sustain, release, gain: loudness } = this.#patch;
    const peak = velocityGain(velocity) * loudness;
    const rise = Math.min(attack, held);
    gain.setValueAtTime(0, when);
    gain.linearRampToValueAtTime(peak, when + rise);
    gain.setTargetAtTime(peak * sustain, when + rise, decay / 3);
    // The end of a voice is near silence: five time constants fit between release and stop.
    gain.setTargetAtTime(0, when + Math.max(held, rise), release / 3.5);
  }

  /** Filter or formants between the oscillators and the level. */
  #shape(mix: AudioNode, level: AudioNode, note: VoiceNote, when: number): void {
    const { filter, formantsHz } = this.#patch;
    if (formantsHz !== undefined) {
      for (const hz of formantsHz) {
        const band = this.#context.createBiquadFilter();
        band.type = 'bandpass';
        band.frequency.value = hz;
        band.Q.value = 4;
        mix.connect(band).connect(level);
      }
      const body = this.#context.createBiquadFilter();
      body.type = 'lowpass';
      body.frequency.value = Math.max(500, pitchHz(note.pitch) * 1.5);
      mix.connect(body).connect(level);
      return;
    }
    if (filter === undefined) {
      mix.connect(level);
      return;
    }
    const low = this.#context.createBiquadFilter();
    low.type = 'lowpass';
    low.Q.value = filter.q;
    const follow = 2 ** (((note.pitch - MIDDLE_C) / 12) * filter.tracking);
    const rest = Math.min(18_000, filter.cutoffHz * follow);
    const brightness = filter.sweepOctaves * (0.4 + 0.6 * note.velocity);
    low.frequency.setValueAtTime(Math.min(18_000, rest * 2 ** brightness), when);
    low.frequency.setTargetAtTime(rest, when, filter.decay / 2);
    mix.connect(low).connect(level);
  }

  #modulator(
    carriers: readonly OscillatorNode[],
    fm: NonNullable<SynthPatch['fm']>,
    hz: number,
    velocity: number,
    when: number,
  ): OscillatorNode {
    const modulator = this.#context.createOscillator();
    const depth = this.#context.createGain();
    modulator.frequency.value = hz * fm.ratio;
    depth.gain.setValueAtTime(hz * fm.ratio * fm.index * (0.3 + 0.7 * velocity), when);
    depth.gain.setTargetAtTime(0, when, fm.decay / 2);
    modulator.connect(depth);
    for (const carrier of carriers) depth.connect(carrier.frequency);
    return modulator;
  }

  #vibrato(
    carriers: readonly OscillatorNode[],
    vibrato: NonNullable<SynthPatch['vibrato']>,
    when: number,
  ): OscillatorNode {
    const wobble = this.#context.createOscillator();
    const depth = this.#context.createGain();
    wobble.frequency.value = vibrato.hz;
    depth.gain.setValueAtTime(0, when);
    depth.gain.setValueAtTime(0, when + vibrato.delay);
    depth.gain.linearRampToValueAtTime(vibrato.cents, when + vibrato.delay + 0.3);
    wobble.connect(depth);
    for (const carrier of carriers) depth.connect(carrier.detune);
    return wobble;
  }
}
