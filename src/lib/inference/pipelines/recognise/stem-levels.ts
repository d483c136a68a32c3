import { toMono, type AudioReader } from '$lib/core/audio';
import type { StemKind } from '$lib/core/transcription';
import type { PipelineEnv } from '../types';

const BLOCK_SECONDS = 0.5;
/** The level of a stem where it plays: quiet passages do not count against it. */
const LOUD_PERCENTILE = 0.95;
const READ_SECONDS = 20;

export interface StemLevel {
  /** RMS of the loud parts, full scale = 1. */
  readonly loudRms: number;
  /** RMS over all. */
  readonly rms: number;
}

/** Measures one stem, block by block. */
export async function measureLevel(audio: AudioReader, env: PipelineEnv): Promise<StemLevel> {
  const blockSamples = Math.round(BLOCK_SECONDS * audio.sampleRateHz);
  const readSamples = blockSamples * Math.round(READ_SECONDS / BLOCK_SECONDS);
  const powers: number[] = [];
  for (let start = 0; start < audio.lengthSamples; start += readSamples) {
    env.signal.throwIfAborted();
    const count = Math.min(readSamples, audio.lengthSamples - start);
    const mono = toMono(await audio.read(start, count));
    for (let at = 0; at < count; at += blockSamples)
      powers.push(meanPower(mono.subarray(at, at + blockSamples)));
  }
  if (powers.length === 0) return { loudRms: 0, rms: 0 };
  const mean = powers.reduce((sum, power) => sum + power, 0) / powers.length;
  powers.sort((a, b) => a - b);
  const loud = powers[Math.min(powers.length - 1, Math.floor(LOUD_PERCENTILE * powers.length))]!;
  return { loudRms: Math.sqrt(loud), rms: Math.sqrt(mean) };
}

function meanPower(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : sum / samples.length;
}

/** -60 dBFS: nobody hears this in a mix. */
const SILENCE_RMS = 1e-3;
/** How far below the mix a stem is nothing but the residue of the others. */
const RESIDUE_DB: Readonly<Record<StemKind, number>> = { drums: -32, bass: -32, vocals: -26, other: -34 };

/** Whether something of its own plays in a stem, or only what leaked from the others. */
export function isAudible(stem: StemKind, level: StemLevel, mix: StemLevel): boolean {
  if (level.loudRms < SILENCE_RMS || mix.loudRms === 0) return false;
  return 20 * Math.log10(level.loudRms / mix.loudRms) > RESIDUE_DB[stem];
}
