import { PeakMeter } from './meter';

/** Fast enough to feel immediate, slow enough not to click. */
const RAMP_SECONDS = 0.012;

/** Gain, pan and meter of one sound on its way to a bus. */
export class Strip {
  readonly input: GainNode;
  readonly #context: AudioContext;
  readonly #pan: StereoPannerNode;
  readonly #room: GainNode | undefined;
  readonly #analyser: AnalyserNode;
  readonly #meter: PeakMeter;

  constructor(
    context: AudioContext,
    bus: AudioNode,
    room?: { readonly bus: AudioNode; readonly amount: number },
  ) {
    this.#context = context;
    this.input = context.createGain();
    this.#pan = context.createStereoPanner();
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#meter = new PeakMeter(this.#analyser);
    this.input.connect(this.#pan).connect(this.#analyser);
    this.#analyser.connect(bus);
    if (room === undefined || room.amount === 0) return;
    this.#room = context.createGain();
    this.#room.gain.value = room.amount;
    this.#analyser.connect(this.#room).connect(room.bus);
  }

  set gain(value: number) {
    this.input.gain.setTargetAtTime(value, this.#context.currentTime, RAMP_SECONDS);
  }

  set pan(value: number) {
    this.#pan.pan.setTargetAtTime(Math.min(1, Math.max(-1, value)), this.#context.currentTime, RAMP_SECONDS);
  }

  get peakDb(): number {
    return this.#meter.peakDb;
  }

  dispose(): void {
    this.input.disconnect();
    this.#pan.disconnect();
    this.#analyser.disconnect();
    this.#room?.disconnect();
  }
}
