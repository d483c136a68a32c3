import type { Span } from './timeline';

const CLICK_SECONDS = 0.05;

/** Clicks on beats, higher on downbeats. */
export class Metronome {
  readonly #context: AudioContext;
  readonly #output: GainNode;
  #beats: readonly number[] = [];
  #downbeats = new Set<number>();

  constructor(context: AudioContext, destination: AudioNode) {
    this.#context = context;
    this.#output = context.createGain();
    this.#output.gain.value = 0;
    this.#output.connect(destination);
  }

  set on(value: boolean) {
    this.#output.gain.setTargetAtTime(value ? 1 : 0, this.#context.currentTime, 0.005);
  }

  setBeats(beatsSeconds: readonly number[], downbeatsSeconds: readonly number[]): void {
    this.#beats = [...beatsSeconds].sort((a, b) => a - b);
    this.#downbeats = new Set(
      this.#beats.filter((beat) => downbeatsSeconds.some((downbeat) => Math.abs(downbeat - beat) < 0.03)),
    );
  }

  /** Clicks are always scheduled and only heard while on, so that switching on takes effect at once. */
  schedule(span: Span, originSeconds: number): void {
    for (const beat of this.#beats) {
      if (beat < span.startSeconds) continue;
      if (beat >= span.endSeconds) break;
      this.#click(originSeconds + span.delaySeconds + beat - span.startSeconds, this.#downbeats.has(beat));
    }
  }

  #click(when: number, isDownbeat: boolean): void {
    const oscillator = this.#context.createOscillator();
    const level = this.#context.createGain();
    oscillator.frequency.value = isDownbeat ? 1760 : 1175;
    level.gain.setValueAtTime(isDownbeat ? 0.5 : 0.32, when);
    level.gain.exponentialRampToValueAtTime(0.001, when + CLICK_SECONDS);
    oscillator.connect(level).connect(this.#output);
    oscillator.start(when);
    oscillator.stop(when + CLICK_SECONDS);
    oscillator.onended = () => level.disconnect();
  }
}
