import { describe, expect, it } from 'vitest';
import { collectingWriter } from '../../../../../tests/helpers/collecting-writer';
import { memoryReader, type AudioReader } from '$lib/core/audio';
import type { Progress } from '$lib/core/progress';
import { spectrogram } from '$lib/audio/dsp/stft';
import { BIN_COUNT, WINDOW_FRAMES } from '../separate/constants';
import type { ModelEntry } from '../../models/manifest';
import type { PipelineEnv, Tensors } from '../types';
import { BIN_HZ, REFINED_BINS } from './constants';
import { refineFeatures } from './features';
import { frameCentreSeconds, type ScoreNote } from './note-component';
import { fitNotes } from './note-model';
import { REFINED_STEMS, refineStems, type RefinedStem } from './pipeline';

const RATE_HZ = 44_100;
const A1: ScoreNote = {
  startSeconds: 0,
  endSeconds: 9,
  pitch: 33,
  instrument: 0,
  isBass: true,
  bassLikeness: 0.9,
};
const G4: ScoreNote = {
  startSeconds: 0,
  endSeconds: 9,
  pitch: 67,
  instrument: 1,
  isBass: false,
  bassLikeness: 0.2,
};

function hz(pitch: number): number {
  return 440 * 2 ** ((pitch - 69) / 12);
}

/** Magnitudes of a tone whose first harmonics have these amplitudes. */
function toneRow(pitch: number, amplitudes: readonly number[]): Float32Array {
  const row = new Float32Array(REFINED_BINS);
  amplitudes.forEach((amplitude, h) => {
    const at = (hz(pitch) * (h + 1)) / BIN_HZ;
    for (let k = 0; k < REFINED_BINS; k++) row[k]! += amplitude * Math.exp(-0.5 * (k - at) ** 2);
  });
  return row;
}

function rowsOf(row: Float32Array, frameCount: number): Float32Array {
  const rows = new Float32Array(frameCount * REFINED_BINS);
  for (let t = 0; t < frameCount; t++) rows.set(row, t * REFINED_BINS);
  return rows;
}

describe('fitNotes', () => {
  const frameCount = 12;
  const bass = rowsOf(toneRow(A1.pitch, [1, 0.6, 0.3]), frameCount);
  const other = rowsOf(toneRow(G4.pitch, [0.5, 0.4]), frameCount);
  const magnitude = bass.map((v, i) => v + other[i]!);
  const silence = new Float32Array(magnitude.length);
  const relativeError = (got: Float32Array, want: Float32Array): number => {
    const error = got.reduce((sum, v, i) => sum + (v - want[i]!) ** 2, 0);
    return error / want.reduce((sum, v) => sum + v * v, 0);
  };

  it('gives every note what its harmonics hold', () => {
    const model = fitNotes({ magnitude, drums: silence, firstFrame: 10, frameCount }, [A1, G4]);
    expect(relativeError(model.bass, bass)).toBeLessThan(0.05);
    expect(relativeError(model.other, other)).toBeLessThan(0.05);
  });

  it('leaves to the drums what is theirs already', () => {
    const model = fitNotes({ magnitude, drums: bass, firstFrame: 10, frameCount }, [A1, G4]);
    const sum = (values: Float32Array): number => values.reduce((a, b) => a + b, 0);
    expect(sum(model.bass)).toBeLessThan(0.2 * sum(bass));
  });

  it('knows the lowest note, whatever its instrument was taken for, but no high one', () => {
    const asPiano = { ...A1, instrument: 1, isBass: false, bassLikeness: 0.2 };
    const model = fitNotes({ magnitude, drums: silence, firstFrame: 10, frameCount }, [asPiano, G4]);
    expect(relativeError(model.lowest, bass)).toBeLessThan(0.05);
    const alone = fitNotes({ magnitude: other, drums: silence, firstFrame: 10, frameCount }, [G4]);
    expect(Math.max(...alone.lowest)).toBe(0);
  });

  it('gives of every note what of it sounds like a bass', () => {
    const model = fitNotes({ magnitude, drums: silence, firstFrame: 10, frameCount }, [A1, G4]);
    const want = bass.map((v, i) => 0.9 * v + 0.2 * other[i]!);
    expect(relativeError(model.bassLike, want)).toBeLessThan(0.05);
  });

  it('has nothing where no note sounds', () => {
    const later = { ...A1, startSeconds: 5 };
    const model = fitNotes({ magnitude, drums: silence, firstFrame: 10, frameCount }, [later]);
    expect(Math.max(...model.bass, ...model.other)).toBe(0);
  });
});

function tone(frequencyHz: number, seconds: number): AudioReader {
  const length = Math.round(seconds * RATE_HZ);
  const samples = Float32Array.from(
    { length },
    (_, n) => 0.3 * Math.sin((2 * Math.PI * frequencyHz * n) / RATE_HZ),
  );
  return memoryReader({ sampleRateHz: RATE_HZ, channels: [samples, samples.slice()] });
}

const ENTRY: ModelEntry = {
  id: '',
  version: '1',
  task: 'refine-stems',
  name: '',
  url: '',
  bytes: 1,
  sha256: '',
  licence: '',
  source: '',
  sampleRateHz: RATE_HZ,
  inputs: [],
  outputs: [],
  parameters: { drumsRise: 0.5 },
  card: '',
};

/** A network that gives everything to one stem. */
function envFor(winner: number, reports: Progress[] = []): PipelineEnv {
  const plane = WINDOW_FRAMES * REFINED_BINS;
  return {
    infer(): Promise<Tensors> {
      const data = new Float32Array(3 * plane).fill(1, winner * plane, (winner + 1) * plane);
      return Promise.resolve({ masks: { data, dims: [1, 3, WINDOW_FRAMES, REFINED_BINS] } });
    },
    model: (id) => ({ ...ENTRY, id }),
    signal: new AbortController().signal,
    report: (progress) => reports.push(progress),
  };
}

async function refine(
  notes: readonly ScoreNote[],
  env: PipelineEnv,
  seconds = 14,
): Promise<Record<RefinedStem, number>> {
  const stems = { drums: tone(3000, seconds), bass: tone(55, seconds), other: tone(8000, seconds) };
  const writers = { drums: collectingWriter(), bass: collectingWriter(), other: collectingWriter() };
  await refineStems.run({ stems, score: { notes, strokes: [] }, writers }, env);
  const { lengthSamples } = stems.drums;
  const sum = new Float32Array(lengthSamples);
  const power = {} as Record<RefinedStem, number>;
  for (const stem of REFINED_STEMS) {
    const got = (await writers[stem].reader().read(0, lengthSamples)).channels[0]!;
    const was = (await stems[stem].read(0, lengthSamples)).channels[0]!;
    expect(writers[stem].reader().lengthSamples).toBe(lengthSamples);
    got.forEach((v, n) => (sum[n]! += v - was[n]!));
    power[stem] = got.reduce((total, v) => total + v * v, 0) / lengthSamples;
  }
  expect(sum.reduce((most, v) => Math.max(most, Math.abs(v)), 0)).toBeLessThan(1e-4);
  return power;
}

describe('refineFeatures', () => {
  it('says where a low drum and where another was struck, dying away', () => {
    const frameCount = 40;
    const quiet = spectrogram(frameCount, BIN_COUNT);
    const window = { mix: quiet, drums: quiet, bass: quiet, firstFrame: 100 };
    const strokes = [
      { startSeconds: frameCentreSeconds(110), pitch: 36, velocity: 0.8 },
      { startSeconds: frameCentreSeconds(120), pitch: 42, velocity: 0.5 },
    ];
    const { data } = refineFeatures(window, { notes: [], strokes });
    const level = (plane: number, frame: number): number =>
      data[(plane * WINDOW_FRAMES + frame) * REFINED_BINS + 7]!;
    expect([0, 5, 10].map((frame) => level(13, frame))).toEqual([0, 0, Math.fround(0.8)]);
    expect(level(13, 14)).toBeGreaterThan(0.3);
    expect(level(13, 14)).toBeLessThan(0.5);
    expect(level(14, 10)).toBe(0);
    expect(level(14, 20)).toBe(0.5);
  });
});

const TONE_POWER = 0.045;

describe('refineStems', () => {
  it('moves what the network says, keeps what lies above its range, and loses nothing', async () => {
    const power = await refine([A1], envFor(1));
    expect(power.bass).toBeCloseTo(2 * TONE_POWER, 2);
    expect(power.drums).toBeLessThan(0.001);
    expect(power.other).toBeCloseTo(TONE_POWER, 2);
  });

  it('gives the drums only half of what no note explains', async () => {
    const power = await refine([A1], envFor(0));
    // Half the amplitude of the bass is theirs now.
    expect(power.drums).toBeCloseTo(TONE_POWER * 1.25, 2);
    expect(power.bass).toBeLessThan(0.001);
  });

  it('leaves the stems as they are where no note is known', async () => {
    const power = await refine([], envFor(1));
    expect(power.drums).toBeCloseTo(TONE_POWER, 3);
  });

  it('reports windows and stops when it is cancelled', async () => {
    const reports: Progress[] = [];
    await refine([A1], envFor(0, reports));
    expect(reports.map((p) => p.done)).toEqual([0, 1]);
    const signal = AbortSignal.abort();
    await expect(refine([A1], { ...envFor(0), signal })).rejects.toThrow('abort');
  });
});
