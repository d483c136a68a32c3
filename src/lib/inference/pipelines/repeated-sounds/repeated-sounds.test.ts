import { describe, expect, it } from 'vitest';
import { collectingWriter } from '../../../../../tests/helpers/collecting-writer';
import { fastRealFft } from '$lib/audio/dsp/fast-fft';
import { REFINED_STEMS, type RefinedStem } from '../refine-stems/pipeline';
import type { RefineScore } from '../refine-stems/features';
import type { PipelineEnv } from '../types';
import { LOW_RATE_HZ, REACH_SAMPLES, SHARE_FFT_SIZE } from './constants';
import { LowBand } from './low-band';
import { repeatsOutput } from './output';
import { applyRepeats } from './repeated-sounds';
import { repeatsOf } from './repeats';

const RATE_HZ = 44_100;
const SECONDS = 8;

/** Decaying sounds at given times: sinusoids that start anew each time. */
function struck(
  rateHz: number,
  startsSeconds: readonly number[],
  hz: number,
  decaySeconds: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(SECONDS * rateHz);
  for (const start of startsSeconds) {
    const from = Math.round(start * rateHz);
    for (let n = 0; n < 0.6 * rateHz && from + n < out.length; n++) {
      const t = n / rateHz;
      out[from + n]! += Math.sin(2 * Math.PI * hz * t) * Math.exp(-t / decaySeconds);
    }
  }
  return out;
}

const KICKS = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7];
/** Beside every kick another time, so that no two occurrences are disturbed alike. */
const BASSES = KICKS.map((start, k) => start + [0, 0.11, 0.23, 0.06, 0.17][k % 5]!);

const score: RefineScore = {
  notes: BASSES.map((startSeconds) => ({
    startSeconds,
    endSeconds: startSeconds + 0.2,
    pitch: 33,
    instrument: 0,
    isBass: true,
    bassLikeness: 0.9,
  })),
  strokes: KICKS.map((startSeconds) => ({ startSeconds, pitch: 36, velocity: 1 })),
};

function errorDb(got: Float32Array, want: Float32Array): number {
  let error = 0;
  let energy = 0;
  for (let n = 0; n < want.length; n++) {
    error += (got[n]! - want[n]!) ** 2;
    energy += want[n]! ** 2;
  }
  return 10 * Math.log10(error / energy);
}

/** Stems that leak a part of the kick into the bass and of the bass into the kick. */
function leaking(rateHz: number): {
  readonly kick: Float32Array<ArrayBuffer>;
  readonly bass: Float32Array<ArrayBuffer>;
  readonly stems: Record<RefinedStem, Float32Array<ArrayBuffer>>;
} {
  const kick = struck(rateHz, KICKS, 62, 0.12);
  const bass = struck(rateHz, BASSES, 55, 0.3);
  const stems = {
    drums: kick.map((v, n) => 0.75 * v + 0.25 * bass[n]!),
    bass: kick.map((v, n) => 0.25 * v + 0.75 * bass[n]!),
    other: new Float32Array(kick.length),
  };
  return { kick, bass, stems };
}

describe('applyRepeats', () => {
  const repeats = repeatsOf(score, 0, Math.floor(SECONDS * LOW_RATE_HZ));

  it('tells a kick and a bass apart that overlap in time and frequency, and keeps their sum', async () => {
    const { kick, bass, stems } = leaking(LOW_RATE_HZ);
    const before = { drums: errorDb(stems.drums, kick), bass: errorDb(stems.bass, bass) };
    const sum = stems.drums.map((v, n) => v + stems.bass[n]! + stems.other[n]!);
    await applyRepeats(stems, repeats, await fastRealFft(SHARE_FFT_SIZE), () => Promise.resolve());
    expect(errorDb(stems.drums, kick)).toBeLessThan(before.drums - 2);
    expect(errorDb(stems.bass, bass)).toBeLessThan(before.bass - 2);
    const after = stems.drums.map((v, n) => v + stems.bass[n]! + stems.other[n]!);
    expect(errorDb(after, sum)).toBeLessThan(-90);
  });

  it('finds sounds that were written down too early or too late', async () => {
    const shift = (k: number): number => [-0.012, 0.01, 0, 0.006][k % 4]!;
    const moved: RefineScore = {
      notes: score.notes.map((note, k) => ({ ...note, startSeconds: note.startSeconds + shift(k) })),
      strokes: score.strokes.map((s, k) => ({ ...s, startSeconds: s.startSeconds + shift(k + 1) })),
    };
    const { kick, stems } = leaking(LOW_RATE_HZ);
    const before = errorDb(stems.drums, kick);
    const lengthSamples = stems.drums.length;
    await applyRepeats(stems, repeatsOf(moved, 0, lengthSamples), await fastRealFft(SHARE_FFT_SIZE), () =>
      Promise.resolve(),
    );
    expect(errorDb(stems.drums, kick)).toBeLessThan(before - 1);
  });

  it('stops when the pause rejects', async () => {
    const { stems } = leaking(LOW_RATE_HZ);
    const stopped = applyRepeats(stems, repeats, await fastRealFft(SHARE_FFT_SIZE), () =>
      Promise.reject(new DOMException('cancelled', 'AbortError')),
    );
    await expect(stopped).rejects.toThrow('cancelled');
  });
});

describe('repeatsOf', () => {
  it('leaves out what occurs less than three times and what does not lie whole in the block', () => {
    const found = repeatsOf({ notes: score.notes.slice(0, 2), strokes: score.strokes }, 0.6, 3 * LOW_RATE_HZ);
    expect(found.map(({ stem }) => stem)).toEqual(['drums']);
    const [{ starts, lengths }] = found as [(typeof found)[0]];
    expect(starts).toHaveLength(5);
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(REACH_SAMPLES);
    expect(Math.max(...starts) + Math.max(...lengths) + REACH_SAMPLES).toBeLessThanOrEqual(3 * LOW_RATE_HZ);
  });
});

describe('LowBand', () => {
  it('keeps what is low, and nothing of what is high, of any length', async () => {
    const band = await LowBand.create();
    const length = 50_001;
    const tone = (hz: number): Float32Array =>
      Float32Array.from({ length }, (_, n) => Math.sin((2 * Math.PI * hz * n) / RATE_HZ));
    const [low, high] = [tone(110), tone(5000)];
    const down = band.down(low.map((v, n) => v + high[n]!));
    expect(down).toHaveLength(Math.ceil(length / 16));
    const inside = { from: 4000, to: 44_000 };
    const want = Float32Array.from({ length: down.length }, (_, n) => low[16 * n]!);
    expect(errorDb(down.subarray(300, 2700), want.subarray(300, 2700))).toBeLessThan(-50);
    const up = new Float32Array(length);
    band.addUp(down, up);
    expect(errorDb(up.subarray(inside.from, inside.to), low.subarray(inside.from, inside.to))).toBeLessThan(
      -50,
    );
  });
});

describe('repeatsOutput', () => {
  const env: PipelineEnv = {
    infer: () => Promise.reject(new Error('no network is needed')),
    model: () => undefined,
    signal: new AbortController().signal,
    report: () => undefined,
  };

  async function written(
    stems: Record<RefinedStem, Float32Array<ArrayBuffer>>,
    of: RefineScore,
    pieceSamples: number,
  ): Promise<Record<RefinedStem, Float32Array<ArrayBuffer>>> {
    const ends = { drums: collectingWriter(), bass: collectingWriter(), other: collectingWriter() };
    const lengthSamples = stems.drums.length;
    const output = repeatsOutput({ score: of, lengthSamples, writers: ends }, env);
    for (let at = 0; at < lengthSamples; at += pieceSamples) {
      for (const stem of REFINED_STEMS) {
        const piece = stems[stem].slice(at, at + pieceSamples);
        await output[stem].write({ sampleRateHz: RATE_HZ, channels: [piece, piece.slice()] });
      }
    }
    for (const stem of REFINED_STEMS) await output[stem].close();
    const all = async (stem: RefinedStem): Promise<Float32Array<ArrayBuffer>> =>
      (await ends[stem].reader().read(0, lengthSamples)).channels[0]!;
    return { drums: await all('drums'), bass: await all('bass'), other: await all('other') };
  }

  it('hands on better stems of the same sum', async () => {
    const { kick, bass, stems } = leaking(RATE_HZ);
    const got = await written(stems, score, 30_000);
    expect(errorDb(got.drums, kick)).toBeLessThan(errorDb(stems.drums, kick) - 2);
    expect(errorDb(got.bass, bass)).toBeLessThan(errorDb(stems.bass, bass) - 2);
    const sums = [got, stems].map((s) => s.drums.map((v, n) => v + s.bass[n]! + s.other[n]!));
    expect(errorDb(sums[0]!, sums[1]!)).toBeLessThan(-90);
  });

  it('keeps what is behind open until the last stem has come, whatever was closed before', async () => {
    const ends = { drums: collectingWriter(), bass: collectingWriter(), other: collectingWriter() };
    const lengthSamples = 2 * RATE_HZ;
    const output = repeatsOutput({ score: { notes: [], strokes: [] }, lengthSamples, writers: ends }, env);
    for (const [k, stem] of REFINED_STEMS.entries()) {
      const channel = new Float32Array(lengthSamples).fill(k + 1);
      await output[stem].write({ sampleRateHz: RATE_HZ, channels: [channel, channel] });
      await output[stem].close();
    }
    for (const [k, stem] of REFINED_STEMS.entries()) {
      const { channels } = await ends[stem].reader().read(0, lengthSamples);
      expect([channels[0]!.length, channels[0]!.at(-1)]).toEqual([lengthSamples, k + 1]);
    }
  });

  it('hands on every sample of stems of several blocks as it is where nothing was written down', async () => {
    const long = Float32Array.from({ length: 100 * RATE_HZ + 7 }, (_, n) => Math.sin(n / 50) * 0.5);
    const stems = { drums: long, bass: long.map((v) => -v), other: long.map((v) => v / 2) };
    const got = await written(stems, { notes: [], strokes: [] }, 700_001);
    for (const stem of REFINED_STEMS) {
      expect(got[stem]).toHaveLength(long.length);
      expect(got[stem].findIndex((v, n) => v !== stems[stem][n])).toBe(-1);
    }
  });
});
