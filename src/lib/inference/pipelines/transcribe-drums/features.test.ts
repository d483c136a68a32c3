import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  DRUM_BANDS,
  DRUM_HOP_SAMPLES,
  DRUM_WINDOW_SAMPLES,
  DrumFeatures,
  drumFrameCount,
  DrumLevelMeter,
} from './features';

interface Golden {
  readonly samples16Bit: number[];
  readonly gain: number;
  readonly frames: number;
  readonly values: number[];
}

const golden = JSON.parse(readFileSync('tests/fixtures/golden/drums-features.json', 'utf8')) as Golden;
const mono = Float32Array.from(golden.samples16Bit, (s) => s / 32768);

describe('drum features', () => {
  it('measures the gain that the training code measures, however the audio is cut', () => {
    const meter = new DrumLevelMeter();
    meter.push(mono.subarray(0, 1234));
    meter.push(mono.subarray(1234));
    expect(meter.gain()).toBeCloseTo(golden.gain, 4);
  });

  it('leaves silence and nothing alone', () => {
    const meter = new DrumLevelMeter();
    expect(meter.gain()).toBe(1);
    meter.push(new Float32Array(5000));
    expect(meter.gain()).toBe(1);
  });

  it('equals the training code', async () => {
    const half = DRUM_WINDOW_SAMPLES / 2;
    const padded = new Float32Array(mono.length + 2 * DRUM_WINDOW_SAMPLES);
    padded.set(mono, half);
    const frames = drumFrameCount(mono.length);
    expect(frames).toBe(golden.frames);
    const out = new Float32Array(frames * DRUM_BANDS);
    const features = await DrumFeatures.create();
    for (let t = 0; t < frames; t++)
      features.frame(padded, t * DRUM_HOP_SAMPLES + half, golden.gain, out, t * DRUM_BANDS);
    let worst = 0;
    for (const [i, value] of golden.values.entries()) worst = Math.max(worst, Math.abs(value - out[i]!));
    expect(worst).toBeLessThan(1e-4);
  });
});
