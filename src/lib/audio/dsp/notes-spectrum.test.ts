import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NOTES_BINS, NOTES_SAMPLE_RATE_HZ, notesFrameCount, NotesSpectrum } from './notes-spectrum';

interface Golden {
  readonly frameCount: number;
  readonly frames: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

const golden = JSON.parse(readFileSync('tests/fixtures/golden/notes-spectrum.json', 'utf8')) as Golden;

/** The signal of training/notes/golden.py. */
function testSignal(): Float32Array {
  return Float32Array.from({ length: NOTES_SAMPLE_RATE_HZ / 2 }, (_, n) => {
    const t = n / NOTES_SAMPLE_RATE_HZ;
    return (
      0.3 * Math.sin(2 * Math.PI * 110 * t) * Math.exp(-3 * t) +
      0.2 * Math.sin(2 * Math.PI * 523.25 * t) +
      0.1 * Math.sin(2 * Math.PI * (2000 + 3000 * t) * t)
    );
  });
}

describe('NotesSpectrum', () => {
  it('equals the Python reference', async () => {
    const samples = testSignal();
    expect(notesFrameCount(samples.length)).toBe(golden.frameCount);
    const features = (await NotesSpectrum.create()).frames(samples, {
      firstFrame: 0,
      frameCount: golden.frameCount,
    });
    golden.frames.forEach((frame, i) => {
      for (let bin = 0; bin < NOTES_BINS; bin++) {
        const difference = Math.abs(features[frame * NOTES_BINS + bin]! - golden.rows[i]![bin]!);
        expect(difference, `frame ${frame} bin ${bin}`).toBeLessThan(2e-4);
      }
    });
  });

  it('gives the same frames whatever range they are asked in, and silence outside the signal', async () => {
    const samples = testSignal();
    const spectrum = await NotesSpectrum.create();
    const whole = spectrum.frames(samples, { firstFrame: -30, frameCount: 80 });
    const part = spectrum.frames(samples, { firstFrame: 4, frameCount: 3 });
    expect(part).toEqual(whole.slice(34 * NOTES_BINS, 37 * NOTES_BINS));
    expect(Math.max(...whole.subarray(0, NOTES_BINS))).toBe(0);
    expect(Math.max(...whole.subarray(79 * NOTES_BINS))).toBe(0);
  });

  it('applies the gain before the logarithm', async () => {
    const samples = testSignal();
    const spectrum = await NotesSpectrum.create();
    const range = { firstFrame: 8, frameCount: 1 };
    const louder = spectrum.frames(
      samples.map((s) => s * 4),
      range,
    );
    const gained = spectrum.frames(samples, range, 4);
    for (let bin = 0; bin < NOTES_BINS; bin++) expect(gained[bin]).toBeCloseTo(louder[bin]!, 4);
  });
});
