import { DRUM_FILE, drumSlots, TONE_BANKS } from './banks';
import type { Instrument } from './instrument';
import type { Voicing } from './patches';
import { DrumSampler, locateSlots, ToneSampler, type LoadedBank } from './sampler';
import { Synth } from './synth';

/** Loads sample banks once and makes instruments of them, for the live context and for offline measuring alike. */
export class InstrumentLibrary {
  readonly #url: string;
  readonly #decoder: BaseAudioContext;
  readonly #loading = new Map<string, Promise<LoadedBank>>();
  readonly #loaded = new Map<string, LoadedBank>();

  constructor(url: string, decoder: BaseAudioContext) {
    this.#url = url.replace(/\/+$/, '');
    this.#decoder = decoder;
  }

  /** Resolves when a voicing can sound; rejects where its file cannot be had. */
  async prepare(voicing: Voicing): Promise<void> {
    if (voicing.kind === 'synth') return;
    const file = fileOf(voicing);
    const known = this.#loading.get(file);
    const loading = known ?? this.#load(file, slotStarts(voicing));
    if (known === undefined) this.#loading.set(file, loading);
    try {
      this.#loaded.set(file, await loading);
    } catch (error) {
      this.#loading.delete(file);
      throw error;
    }
  }

  /** An instrument that plays into `output`; undefined while its samples are not there. */
  create(context: BaseAudioContext, output: AudioNode, voicing: Voicing): Instrument | undefined {
    if (voicing.kind === 'synth') return new Synth(context, output, voicing.patch);
    const bank = this.#loaded.get(fileOf(voicing));
    if (bank === undefined) return undefined;
    if (voicing.kind === 'drums') return new DrumSampler(context, output, bank);
    return new ToneSampler(context, output, TONE_BANKS[voicing.bank], bank);
  }

  async #load(file: string, starts: readonly number[]): Promise<LoadedBank> {
    const response = await fetch(`${this.#url}/${file}`);
    if (!response.ok) throw new Error(`${file}: HTTP ${response.status}`);
    const buffer = await this.#decoder.decodeAudioData(await response.arrayBuffer());
    return locateSlots(buffer, starts);
  }
}

function fileOf(voicing: Exclude<Voicing, { kind: 'synth' }>): string {
  return voicing.kind === 'drums' ? DRUM_FILE : TONE_BANKS[voicing.bank].file;
}

function slotStarts(voicing: Exclude<Voicing, { kind: 'synth' }>): number[] {
  if (voicing.kind === 'drums') return [...drumSlots().values()].map((slot) => slot.startSeconds);
  const { pitches, slotSeconds } = TONE_BANKS[voicing.bank];
  return pitches.map((_, i) => i * slotSeconds);
}
