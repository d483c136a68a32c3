/** What a voice needs to know of a note. */
export interface VoiceNote {
  readonly pitch: number;
  /** 0-1. */
  readonly velocity: number;
  readonly durationSeconds: number;
  readonly bendCents?: readonly number[];
}

/** Plays notes into a node of any audio context, live or offline. */
export interface Instrument {
  /** Schedules a note at a moment of the context's clock. */
  play(note: VoiceNote, whenSeconds: number): void;
  /** Fades out all that sounds or is scheduled. */
  stop(): void;
}

interface Voice {
  readonly endSeconds: number;
  readonly level: GainNode;
  readonly sources: readonly AudioScheduledSourceNode[];
}

const MAX_VOICES = 48;
const FADE_SECONDS = 0.01;

/** The voices of one instrument: ends them, counts them, lets the oldest go when there are too many. */
export class VoicePool {
  readonly #context: BaseAudioContext;
  readonly #output: AudioNode;
  #voices: Voice[] = [];

  constructor(context: BaseAudioContext, output: AudioNode) {
    this.#context = context;
    this.#output = output;
  }

  /** Starts sources that are connected to `level` and takes care of their end. */
  add(
    level: GainNode,
    sources: readonly AudioScheduledSourceNode[],
    time: { start: number; end: number },
  ): Voice {
    const voice: Voice = { endSeconds: time.end, level, sources };
    level.connect(this.#output);
    for (const source of sources) source.stop(time.end);
    const [first] = sources;
    if (first !== undefined) {
      first.onended = () => {
        level.disconnect();
        this.#voices = this.#voices.filter((other) => other !== voice);
      };
    }
    this.#voices.push(voice);
    // A live instrument must not pile up; offline all voices are scheduled before the first one sounds.
    if (this.#voices.length > MAX_VOICES && 'baseLatency' in this.#context) {
      this.end(this.#voices[0]!, this.#context.currentTime);
    }
    return voice;
  }

  /** Fades one voice out from a moment on. */
  end(voice: Voice, atSeconds: number): void {
    const at = Math.max(this.#context.currentTime, atSeconds);
    this.#voices = this.#voices.filter((other) => other !== voice);
    if (at >= voice.endSeconds) return;
    voice.level.gain.cancelScheduledValues(at);
    voice.level.gain.setTargetAtTime(0, at, FADE_SECONDS / 3);
    for (const source of voice.sources) source.stop(at + FADE_SECONDS * 2);
  }

  endAll(): void {
    for (const voice of this.#voices) this.end(voice, this.#context.currentTime);
    this.#voices = [];
  }
}

export type { Voice };

/** Linear gain of a velocity: quiet notes are felt to be quiet. */
export function velocityGain(velocity: number): number {
  return 0.08 + 0.92 * Math.min(1, Math.max(0, velocity)) ** 1.6;
}

/** Writes a bend into a detune parameter over the length of the note. */
export function applyBend(detune: AudioParam, note: VoiceNote, whenSeconds: number, restCents = 0): void {
  const { bendCents, durationSeconds } = note;
  if (bendCents === undefined || bendCents.length < 2 || durationSeconds < 0.02) return;
  const curve = Float32Array.from(bendCents, (cents) => cents + restCents);
  detune.setValueCurveAtTime(curve, whenSeconds, durationSeconds);
}
