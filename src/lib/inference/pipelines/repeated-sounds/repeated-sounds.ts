/**
 * A sampled drum, and a note of a sampled instrument, sounds the same each time, while what sounds beside it changes. So each
 * occurrence is foretold by the mean of the others, and only what nobody foretold is shared out by the stems' masks as before. That goes beyond any mask, since it
 * knows the phase too. Repeated in rounds: what one stem foretells leaves less doubt to the others.
 */

import { spectrogram, Stft, type Spectrogram } from '$lib/audio/dsp/stft';
import type { RealTransform } from '$lib/audio/dsp/fft';
import { REFINED_STEMS, type RefinedStem } from '../refine-stems/pipeline';
import { SHARE_FFT_SIZE, SHARE_HOP_SAMPLES } from './constants';
import { Foretelling } from './foretelling';
import type { Repeats } from './repeats';

const ROUNDS = 8;
/** In the first rounds the occurrences are moved to where they fit. */
const ALIGNED_ROUNDS = 3;
const SILENCE = 1e-12;

/**
 * How far a doubtful share of the bass goes to `other`, 0-1: on sounds that the networks do not know, the bass is given too much.
 * Of validation songs it gains 0.2 dB and `other` too; a real recording loses 0.25 dB of both.
 */
const BASS_RESTRAINT = 0.3;

/** Stems at LOW_RATE_HZ, all of one length. */
export type LowStems = Readonly<Record<RefinedStem, Float32Array<ArrayBuffer>>>;

/** Changes the stems in place; their sum stays. `pause` is awaited between rounds and may reject. */
export async function applyRepeats(
  stems: LowStems,
  repeats: readonly Repeats[],
  fft: RealTransform,
  pause: () => Promise<void>,
): Promise<void> {
  const sounds = repeats.map((group) => ({ stem: group.stem, foretelling: new Foretelling(group) }));
  const sharing = new Sharing(stems, fft);
  const crowd = crowdOf(repeats, stems.drums.length);
  const foretold = eachStem((stem) => new Float32Array(stems[stem].length));
  const rest = eachStem((stem) => new Float32Array(stems[stem].length));
  for (let round = 0; round < ROUNDS; round++) {
    await pause();
    if (round < ALIGNED_ROUNDS) {
      for (const { stem, foretelling } of sounds) foretelling.align(stems[stem]);
    }
    for (const stem of REFINED_STEMS) {
      setRest(rest[stem], stems[stem], foretold[stem], crowd[stem]);
      foretold[stem].fill(0);
    }
    for (const { stem, foretelling } of sounds) foretelling.foretell(rest[stem], foretold[stem]);
    sharing.apply(foretold);
  }
}

/** What a stem holds beyond what is foretold of it, shared between the occurrences that sound at once. */
function setRest(rest: Float32Array, stem: Float32Array, foretold: Float32Array, crowd: Float32Array): void {
  for (let n = 0; n < rest.length; n++) rest[n] = (stem[n]! - foretold[n]!) / crowd[n]!;
}

/** Shares out by the masks that the stems came with. */
class Sharing {
  private readonly stft: Stft;
  private readonly frames: { readonly startSamples: number; readonly frameCount: number };
  private readonly part: Spectrogram;
  private readonly masks: Readonly<Record<RefinedStem, Float32Array>>;
  /** What the masks alone give each stem of the sum. */
  private readonly shared: LowStems;

  constructor(
    private readonly stems: LowStems,
    fft: RealTransform,
  ) {
    const { drums, bass, other } = stems;
    const window = Float32Array.from({ length: SHARE_FFT_SIZE }, (_, n) =>
      Math.sin((Math.PI * n) / SHARE_FFT_SIZE),
    );
    this.stft = new Stft({ fftSize: SHARE_FFT_SIZE, hopSamples: SHARE_HOP_SAMPLES, window, fft });
    this.frames = this.stft.cover(drums.length);
    this.part = spectrogram(this.frames.frameCount, this.stft.binCount);
    this.masks = this.masksOf();
    this.shared = this.share(drums.map((v, n) => v + bass[n]! + other[n]!));
  }

  /** Each stem becomes what is foretold of it, and its share of what nobody foretold. */
  apply(foretold: LowStems): void {
    const { drums, bass, other } = foretold;
    const known = this.share(drums.map((v, n) => v + bass[n]! + other[n]!));
    for (const stem of REFINED_STEMS) {
      setShared(this.stems[stem], foretold[stem], this.shared[stem], known[stem]);
    }
  }

  private share(sum: Float32Array<ArrayBuffer>): LowStems {
    const { stft, frames, part, masks } = this;
    const all = stft.analyse(sum, frames.startSamples, frames.frameCount);
    const of = (stem: RefinedStem): Float32Array<ArrayBuffer> => {
      setMasked(part, all, masks[stem]);
      const out = new Float32Array(sum.length);
      stft.overlapAdd(part, out, frames.startSamples);
      return out;
    };
    const drums = of('drums');
    const bass = of('bass');
    for (let n = 0; n < sum.length; n++) sum[n]! -= drums[n]! + bass[n]!;
    return { drums, bass, other: sum };
  }

  /** The shares of the stems in their sum: real parts of the quotients, brought to a sum of 1. */
  private masksOf(): Record<RefinedStem, Float32Array> {
    const { stems, stft, frames } = this;
    const [d, b, o] = REFINED_STEMS.map((stem) =>
      stft.analyse(stems[stem], frames.startSamples, frames.frameCount),
    ) as [Spectrogram, Spectrogram, Spectrogram];
    const masks = eachStem(() => new Float32Array(d.re.length));
    for (let i = 0; i < d.re.length; i++) {
      const re = d.re[i]! + b.re[i]! + o.re[i]!;
      const im = d.im[i]! + b.im[i]! + o.im[i]!;
      const power = re * re + im * im + SILENCE;
      const drums = clamp((d.re[i]! * re + d.im[i]! * im) / power);
      const bass = clamp((b.re[i]! * re + b.im[i]! * im) / power);
      const other = clamp((o.re[i]! * re + o.im[i]! * im) / power);
      const total = drums + bass + other + SILENCE;
      const surelyBass = (bass / total) * (1 - BASS_RESTRAINT * (1 - bass / total));
      masks.drums[i] = drums / total;
      masks.bass[i] = surelyBass;
      masks.other[i] = (other + bass) / total - surelyBass;
    }
    return masks;
  }
}

function setMasked(into: Spectrogram, { re, im }: Spectrogram, mask: Float32Array): void {
  for (let i = 0; i < mask.length; i++) {
    into.re[i] = mask[i]! * re[i]!;
    into.im[i] = mask[i]! * im[i]!;
  }
}

function setShared(
  stem: Float32Array,
  foretold: Float32Array,
  shared: Float32Array,
  known: Float32Array,
): void {
  for (let n = 0; n < stem.length; n++) stem[n] = foretold[n]! + shared[n]! - known[n]!;
}

function clamp(share: number): number {
  return Math.max(0, Math.min(1, share));
}

/** How many occurrences of a stem sound at each sample; 1 where none does. */
function crowdOf(repeats: readonly Repeats[], length: number): LowStems {
  const crowd = eachStem(() => new Float32Array(length));
  for (const { stem, starts, lengths } of repeats) {
    for (const [k, start] of starts.entries()) {
      for (let n = start; n < start + lengths[k]!; n++) crowd[stem][n]! += 1;
    }
  }
  for (const stem of REFINED_STEMS) {
    crowd[stem].forEach((count, n) => (crowd[stem][n] = Math.max(1, count)));
  }
  return crowd;
}

function eachStem<T>(make: (stem: RefinedStem) => T): Record<RefinedStem, T> {
  return { drums: make('drums'), bass: make('bass'), other: make('other') };
}
