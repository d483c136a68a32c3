import { PITCH_CLASSES } from '$lib/core/pitch-classes';
import type { KeyEstimate } from '$lib/core/transcription';

/** What essentia says of a signal; strength is the correlation with the profile, 0-1. */
export interface KeyAnswer extends Pick<KeyEstimate, 'tonic' | 'mode'> {
  readonly strength: number;
}

/** The key of mono samples; undefined where there is nothing to hear. */
export type KeyExtractor = (
  samples: Float32Array,
  sampleRateHz: number,
  profile?: string,
) => KeyAnswer | undefined;

/** Sha'ath's (KeyFinder): the best of essentia's on what docs/accuracy-key.md measures. */
const BEST_PROFILE = 'shaath';
const FRAME_SAMPLES = 4096;
const HPCP_SIZE = 12;
const HIGHEST_HZ = 3500;
const LOWEST_HZ = 25;
const MOST_PEAKS = 60;
const LEAST_PCP = 0.2;
const LEAST_PEAK = 1e-4;
const CONCERT_PITCH_HZ = 440;

const FLATS: Readonly<Record<string, string>> = { Db: 'C#', Eb: 'D#', Gb: 'F#', Ab: 'G#', Bb: 'A#' };

/**
 * Fetches essentia.js (2.5 MB) when first asked. Rejects where it cannot be had or run: offline before it was stored, or
 * under a policy for workers that forbids its glue code to compile functions.
 */
export async function loadKeyExtractor(): Promise<KeyExtractor> {
  const { EssentiaWASM } = await import('essentia.js/dist/essentia-wasm.es.js');
  const essentia = new EssentiaWASM.EssentiaJS(false);
  return (samples, sampleRateHz, profile = BEST_PROFILE) => {
    const vector = EssentiaWASM.arrayToVector(samples);
    try {
      const found = essentia.KeyExtractor(
        vector,
        true,
        FRAME_SAMPLES,
        FRAME_SAMPLES,
        HPCP_SIZE,
        HIGHEST_HZ,
        MOST_PEAKS,
        LOWEST_HZ,
        LEAST_PCP,
        profile,
        sampleRateHz,
        LEAST_PEAK,
        CONCERT_PITCH_HZ,
        'cosine',
        'hann',
      );
      return answerOf(found);
    } finally {
      vector.delete();
    }
  };
}

function answerOf(found: { key: string; scale: string; strength: number }): KeyAnswer | undefined {
  const tonic = PITCH_CLASSES.find((name) => name === (FLATS[found.key] ?? found.key));
  if (tonic === undefined || !(found.strength > 0)) return undefined;
  return { tonic, mode: found.scale === 'minor' ? 'minor' : 'major', strength: found.strength };
}
