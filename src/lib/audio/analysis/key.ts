import { toMono, type AudioReader } from '$lib/core/audio';
import { keyOfChroma } from '$lib/core/keys';
import type { KeyEstimate } from '$lib/core/transcription';
import type { KeyAnswer, KeyExtractor } from './essentia';
import { RealFft } from '../dsp/fft';
import { Resampler } from '../dsp/resample';

/** Fundamentals decide, not their overtones: a quarter of the rate and a long window tell semitones apart down to 100 Hz. */
const RATE_HZ = 11_025;
const FFT_SIZE = 8192;
const HOP_SAMPLES = 4096;
const LOWEST_HZ = 60;
const HIGHEST_HZ = 700;
const BLOCK_SECONDS = 20;
/** Resolution of the tuning estimate. */
const BINS_PER_SEMITONE = 10;

/**
 * Tuned pitch class weights (C first) from the spectral peaks of a recording; drums hardly have peaks and hardly count.
 * Reads block by block and checks `signal` between blocks.
 */
async function chromaOfAudio(audio: AudioReader, signal: AbortSignal): Promise<Float64Array> {
  const resampler = new Resampler(audio.sampleRateHz, RATE_HZ);
  const fineChroma = new Float64Array(12 * BINS_PER_SEMITONE);
  const frame = new PeakFrame();
  let pending = new Float32Array(0);
  const take = (mono: Float32Array): void => {
    const joined = new Float32Array(pending.length + mono.length);
    joined.set(pending);
    joined.set(mono, pending.length);
    let start = 0;
    for (; start + FFT_SIZE <= joined.length; start += HOP_SAMPLES) frame.addTo(fineChroma, joined, start);
    pending = joined.slice(start);
  };
  const blockSamples = Math.round(BLOCK_SECONDS * audio.sampleRateHz);
  for (let start = 0; start < audio.lengthSamples; start += blockSamples) {
    signal.throwIfAborted();
    const count = Math.min(blockSamples, audio.lengthSamples - start);
    take(resampler.push(toMono(await audio.read(start, count))));
  }
  // The rest, filled up with silence, so that a short loop counts as well.
  take(resampler.flush());
  take(new Float32Array(FFT_SIZE - 1));
  return foldTuned(fineChroma);
}

/** Essentia hears a minute at a time: its heap stays as large as its longest input. */
const SEGMENT_SECONDS = 60;
/** How often essentia was right where our own chroma agreed, and where it did not (docs/accuracy-key.md). */
const TRUST_IF_BOTH_AGREE = 0.9;
const TRUST_ALONE = 0.65;

/**
 * Key of a recording; C major with confidence 0 for silence. Best given a mix without drums, good with them. Where
 * essentia can be loaded its answer counts, and our own says how far to trust it; elsewhere our own is the answer.
 */
export async function keyOfAudio(
  audio: AudioReader,
  signal: AbortSignal,
  loadExtractor?: () => Promise<KeyExtractor>,
): Promise<KeyEstimate> {
  const own = keyOfChroma(await chromaOfAudio(audio, signal));
  if (loadExtractor === undefined || own.confidence === 0) return own;
  const extract = await loadExtractor().catch(() => undefined);
  const found = extract && mostHeard(await answersOf(audio, signal, extract));
  if (found === undefined) return own;
  const { tonic, mode, share } = found;
  const agrees = tonic === own.tonic && mode === own.mode;
  return { tonic, mode, confidence: share * (agrees ? TRUST_IF_BOTH_AGREE : TRUST_ALONE) };
}

async function answersOf(
  audio: AudioReader,
  signal: AbortSignal,
  extract: KeyExtractor,
): Promise<readonly KeyAnswer[]> {
  const answers: KeyAnswer[] = [];
  const segmentSamples = SEGMENT_SECONDS * audio.sampleRateHz;
  for (let start = 0; start < audio.lengthSamples; start += segmentSamples) {
    signal.throwIfAborted();
    const count = Math.min(segmentSamples, audio.lengthSamples - start);
    const answer = extract(toMono(await audio.read(start, count)), audio.sampleRateHz);
    if (answer !== undefined) {
      answers.push({ ...answer, strength: (answer.strength * count) / segmentSamples });
    }
  }
  return answers;
}

/** The key with the most strength over all segments, and its share of it. */
function mostHeard(answers: readonly KeyAnswer[]): (KeyAnswer & { readonly share: number }) | undefined {
  const sums = new Map<string, KeyAnswer>();
  for (const answer of answers) {
    const name = `${answer.tonic} ${answer.mode}`;
    sums.set(name, { ...answer, strength: answer.strength + (sums.get(name)?.strength ?? 0) });
  }
  const total = answers.reduce((sum, { strength }) => sum + strength, 0);
  const [best] = [...sums.values()].sort((a, b) => b.strength - a.strength);
  return best === undefined ? undefined : { ...best, share: best.strength / total };
}

/** Adds the spectral peaks of single frames to a fine circular chroma. */
class PeakFrame {
  private readonly fft = new RealFft(FFT_SIZE);
  private readonly re = new Float64Array(this.fft.binCount);
  private readonly im = new Float64Array(this.fft.binCount);
  private readonly magnitude = new Float64Array(this.fft.binCount);
  private readonly block = new Float64Array(FFT_SIZE);
  private readonly window = Float64Array.from(
    { length: FFT_SIZE },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT_SIZE),
  );

  addTo(fineChroma: Float64Array, samples: Float32Array, start: number): void {
    const { fft, re, im, magnitude, block, window } = this;
    for (let n = 0; n < FFT_SIZE; n++) block[n] = samples[start + n]! * window[n]!;
    fft.forward(block, re, im);
    const low = Math.floor((LOWEST_HZ * FFT_SIZE) / RATE_HZ);
    const high = Math.ceil((HIGHEST_HZ * FFT_SIZE) / RATE_HZ);
    let loudest = 0;
    for (let k = low - 8; k <= high + 8; k++) {
      magnitude[k] = Math.sqrt(re[k]! ** 2 + im[k]! ** 2);
      loudest = Math.max(loudest, magnitude[k]!);
    }
    // 16 bit noise must not vote.
    if (loudest < 0.5) return;
    const found = new Float64Array(fineChroma.length);
    let total = 0;
    for (let k = low; k <= high; k++) {
      const here = magnitude[k]!;
      if (here < loudest * 0.01 || here <= magnitude[k - 1]! || here < magnitude[k + 1]!) continue;
      let around = 0;
      for (let j = k - 8; j <= k + 8; j++) around += magnitude[j]! / 17;
      // A tone stands out of its neighbourhood; noise does not.
      if (here < 2 * around) continue;
      const a = Math.log(magnitude[k - 1]! + 1e-9);
      const b = Math.log(here + 1e-9);
      const c = Math.log(magnitude[k + 1]! + 1e-9);
      const bin = k + (a - c) / (2 * (a - 2 * b + c));
      const semitone = 69 + 12 * Math.log2((bin * RATE_HZ) / FFT_SIZE / 440);
      const index = Math.round((((semitone % 12) + 12) % 12) * BINS_PER_SEMITONE) % found.length;
      const weight = Math.sqrt(here);
      found[index]! += weight;
      total += weight;
    }
    // Every frame counts alike: a loud chorus does not decide alone.
    if (total > 0) for (let i = 0; i < found.length; i++) fineChroma[i]! += found[i]! / total;
  }
}

/** 12 pitch classes at the tuning (within half a semitone) at which most peaks fall on them. */
function foldTuned(fine: Float64Array): Float64Array {
  let best = 0;
  let most = -1;
  for (let shift = -BINS_PER_SEMITONE / 2; shift < BINS_PER_SEMITONE / 2; shift++) {
    let sum = 0;
    for (let pitch = 0; pitch < 12; pitch++) sum += at(fine, pitch * BINS_PER_SEMITONE + shift);
    if (sum > most) {
      most = sum;
      best = shift;
    }
  }
  const chroma = new Float64Array(12);
  for (let i = 0; i < fine.length; i++) {
    const distance = (i % BINS_PER_SEMITONE) - ((best + BINS_PER_SEMITONE) % BINS_PER_SEMITONE);
    const near = Math.min(Math.abs(distance), BINS_PER_SEMITONE - Math.abs(distance));
    // Peaks half way between two pitches belong to neither.
    const weight = Math.max(0, 1 - near / 4);
    const pitch = Math.round((i - best) / BINS_PER_SEMITONE);
    chroma[((pitch % 12) + 12) % 12]! += weight * fine[i]!;
  }
  return chroma;
}

function at(fine: Float64Array, index: number): number {
  return fine[((index % fine.length) + fine.length) % fine.length]!;
}
