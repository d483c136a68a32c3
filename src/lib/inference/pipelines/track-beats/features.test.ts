import { describe, expect, it } from 'vitest';
import golden from '../../../../../tests/fixtures/golden/beats-features.json';
import { applyGain, BEAT_BANDS, BEAT_SAMPLE_RATE_HZ, LogBandStream, logBands, withRise } from './features';

/** The same 3 s as click_track() of training/beats/export_beatnet.py. */
function clickTrack(): Float32Array {
  return Float32Array.from({ length: 3 * BEAT_SAMPLE_RATE_HZ }, (_, n) => {
    const t = n / BEAT_SAMPLE_RATE_HZ;
    const since = t % 0.5;
    const hz = Math.floor(t / 0.5) % 4 === 0 ? 180 : 900;
    return 0.7 * Math.exp(-since * 30) * Math.sin(2 * Math.PI * hz * since);
  });
}

const bands = await logBands(clickTrack());

describe('beat features', () => {
  it('have the shape of the Python reference', () => {
    expect(BEAT_BANDS).toBe(golden.bands);
    expect(bands.length).toBe(golden.frames * golden.bands);
  });

  it('agree with the Python reference to 1e-4', () => {
    golden.frameIndices.forEach((frame, i) => {
      golden.logBands[i]!.forEach((want, band) => {
        expect(Math.abs(bands[frame * BEAT_BANDS + band]! - want)).toBeLessThan(1e-4);
      });
    });
  });

  it('rise only where a band grows, and never in the first frame', () => {
    const rise = withRise(bands);
    for (let b = 0; b < BEAT_BANDS; b++) expect(rise[BEAT_BANDS + b]).toBe(0);
    expect(Math.min(...rise)).toBeGreaterThanOrEqual(0);
  });

  it('do not depend on how the recording is cut', async () => {
    const stream = await LogBandStream.create();
    const audio = clickTrack();
    const parts = [0, 5, 700, 1411, 30_000, 30_441, audio.length];
    const out: number[] = [];
    parts.slice(1).forEach((end, i) => {
      out.push(...stream.push(audio.subarray(parts[i]!, end), end === audio.length));
    });
    expect(out).toEqual([...bands]);
  });

  it('of a louder recording follow from those of the quiet one', async () => {
    const quiet = await logBands(clickTrack().map((v) => v / 4));
    applyGain(quiet, 4);
    expect(Math.max(...quiet.map((v, i) => Math.abs(v - bands[i]!)))).toBeLessThan(1e-5);
  });

  it('of nothing are nothing', async () => {
    expect((await logBands(new Float32Array(0))).length).toBe(0);
  });
});
