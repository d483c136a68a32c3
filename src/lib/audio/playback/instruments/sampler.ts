import { DRUM_GAP_SECONDS, drumSlots, drumVoice, type DrumSoundName, type ToneBank } from './banks';
import {
  applyBend,
  velocityGain,
  VoicePool,
  type Instrument,
  type Voice,
  type VoiceNote,
} from './instrument';

/** A decoded bank with the moment at which each of its slots really begins to sound. */
export interface LoadedBank {
  readonly buffer: AudioBuffer;
  readonly onsetsSeconds: readonly number[];
}

/** The part of a slot in which its attack is looked for: codecs add up to a tenth of a second of their own. */
const ONSET_SEARCH_SECONDS = 0.16;

/**
 * First sample of a slot that is not silence. `startFrame` is where the slot should begin; what comes before the
 * attack was added by the encoder.
 */
export function findOnset(samples: Float32Array, startFrame: number, searchFrames: number): number {
  const end = Math.min(samples.length, startFrame + searchFrames);
  let peak = 0;
  for (let i = startFrame; i < end; i++) peak = Math.max(peak, Math.abs(samples[i]!));
  const threshold = peak * 0.03;
  for (let i = startFrame; i < end; i++)
    if (Math.abs(samples[i]!) > threshold) return Math.max(startFrame, i - 16);
  return startFrame;
}

/** Finds the attack in each slot of a decoded file. */
export function locateSlots(buffer: AudioBuffer, starts: readonly number[]): LoadedBank {
  const samples = buffer.getChannelData(0);
  const search = Math.round(ONSET_SEARCH_SECONDS * buffer.sampleRate);
  const onsetsSeconds = starts.map(
    (start) => findOnset(samples, Math.round(start * buffer.sampleRate), search) / buffer.sampleRate,
  );
  return { buffer, onsetsSeconds };
}

/** The slot whose pitch is nearest: the least change of colour. */
export function nearestSlot(pitches: readonly number[], pitch: number): number {
  let best = 0;
  for (let i = 1; i < pitches.length; i++) {
    if (Math.abs(pitches[i]! - pitch) < Math.abs(pitches[best]! - pitch)) best = i;
  }
  return best;
}

/** A pitched instrument made of recorded notes. */
export class ToneSampler implements Instrument {
  readonly #context: BaseAudioContext;
  readonly #bank: ToneBank;
  readonly #loaded: LoadedBank;
  readonly #voices: VoicePool;

  constructor(context: BaseAudioContext, output: AudioNode, bank: ToneBank, loaded: LoadedBank) {
    this.#context = context;
    this.#bank = bank;
    this.#loaded = loaded;
    this.#voices = new VoicePool(context, output);
  }

  play(note: VoiceNote, whenSeconds: number): void {
    const { pitches, slotSeconds, releaseSeconds } = this.#bank;
    const slot = nearestSlot(pitches, note.pitch);
    const rate = 2 ** ((note.pitch - pitches[slot]!) / 12);
    const source = this.#context.createBufferSource();
    source.buffer = this.#loaded.buffer;
    source.playbackRate.value = rate;
    applyBend(source.detune, note, whenSeconds);
    const level = this.#context.createGain();
    source.connect(level);
    const ring = (slotSeconds - 0.15) / rate;
    const held = Math.min(note.durationSeconds, ring);
    const release = Math.min(releaseSeconds, Math.max(0.02, ring - held));
    level.gain.setValueAtTime(velocityGain(note.velocity) * 0.7, whenSeconds);
    level.gain.setTargetAtTime(0, whenSeconds + held, release / 3);
    source.start(whenSeconds, this.#loaded.onsetsSeconds[slot] ?? 0, slotSeconds - 0.15);
    this.#voices.add(level, [source], { start: whenSeconds, end: whenSeconds + held + release });
  }

  stop(): void {
    this.#voices.endAll();
  }
}

/** The drum kit: one-shots that ring out, except where one sound of a group cuts another. */
export class DrumSampler implements Instrument {
  readonly #context: BaseAudioContext;
  readonly #loaded: LoadedBank;
  readonly #voices: VoicePool;
  readonly #slots = drumSlots();
  readonly #order = [...this.#slots.keys()];
  readonly #choking = new Map<string, { voice: Voice; startSeconds: number }>();

  constructor(context: BaseAudioContext, output: AudioNode, loaded: LoadedBank) {
    this.#context = context;
    this.#loaded = loaded;
    this.#voices = new VoicePool(context, output);
  }

  play(note: VoiceNote, whenSeconds: number): void {
    const { sound: name, rate, choke } = drumVoice(note.pitch);
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    const source = this.#context.createBufferSource();
    source.buffer = this.#loaded.buffer;
    source.playbackRate.value = rate;
    const level = this.#context.createGain();
    source.connect(level);
    level.gain.setValueAtTime(velocityGain(note.velocity) * slot.sound.gain, whenSeconds);
    const length = slot.sound.lengthSeconds + DRUM_GAP_SECONDS / 2;
    source.start(whenSeconds, this.#onset(name), length);
    const voice = this.#voices.add(level, [source], { start: whenSeconds, end: whenSeconds + length / rate });
    if (choke === undefined) return;
    const earlier = this.#choking.get(choke);
    if (earlier !== undefined && earlier.startSeconds < whenSeconds)
      this.#voices.end(earlier.voice, whenSeconds);
    this.#choking.set(choke, { voice, startSeconds: whenSeconds });
  }

  stop(): void {
    this.#voices.endAll();
    this.#choking.clear();
  }

  #onset(name: DrumSoundName): number {
    return this.#loaded.onsetsSeconds[this.#order.indexOf(name)] ?? 0;
  }
}
