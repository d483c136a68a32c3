import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlanarAudio } from '../../src/lib/core/audio';
import { decodePcm } from '../../src/lib/formats/wav/pcm';
import { readWav } from '../../src/lib/formats/wav/wav-reader';

/** A truth.json of the evaluation kit, as far as rhythm and single lines need it. */
export interface EvaluationCase {
  readonly name: string;
  readonly folder: string;
  readonly beats: readonly number[];
  readonly downbeats: readonly number[];
  readonly bpm: number | undefined;
  /** [start, end, pitch, velocity, program]. */
  readonly notes: readonly (readonly [number, number, number, number, number])[];
}

export function evaluationCases(folders: readonly string[]): EvaluationCase[] {
  return folders.flatMap((parent) =>
    readdirSync(parent)
      .sort()
      .filter((name) => existsSync(join(parent, name, 'truth.json')))
      .map((name) => {
        const truth = JSON.parse(readFileSync(join(parent, name, 'truth.json'), 'utf8'));
        return {
          name,
          folder: join(parent, name),
          beats: truth.beats ?? [],
          downbeats: truth.downbeats ?? [],
          bpm: truth.bpm ?? undefined,
          notes: truth.notes ?? [],
        };
      }),
  );
}

export async function readWavFile(path: string): Promise<PlanarAudio> {
  const bytes = readFileSync(path);
  const { layout } = await readWav(new Blob([new Uint8Array(bytes)]));
  const data = new Uint8Array(bytes).subarray(
    layout.dataOffset,
    layout.dataOffset + layout.frameCount * layout.bytesPerFrame,
  );
  return { sampleRateHz: layout.sampleRateHz, channels: decodePcm(data, layout) };
}

/** F-measure of two lists of times, each matched once within `windowSeconds`, as mir_eval counts. */
export function eventF1(truth: readonly number[], found: readonly number[], windowSeconds: number): number {
  if (truth.length === 0 || found.length === 0) return 0;
  const used = new Array<boolean>(found.length).fill(false);
  let hits = 0;
  for (const time of truth) {
    let best = -1;
    let distance = windowSeconds + 1e-9;
    found.forEach((candidate, i) => {
      const gap = Math.abs(candidate - time);
      if (used[i] !== true && gap < distance) {
        best = i;
        distance = gap;
      }
    });
    if (best >= 0) {
      used[best] = true;
      hits++;
    }
  }
  return (2 * hits) / (truth.length + found.length);
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((a, b) => a + b, 0) / values.length;
}
