import { describe, expect, it } from 'vitest';
import golden from '../../../../../tests/fixtures/golden/crepe-tiny.json';
import { nodeEnv } from '../../../../../tests/helpers/node-env';
import { memoryReader } from '$lib/core/audio';
import type { PipelineEnv } from '../types';
import { CREPE_WINDOW_SAMPLES, LevelMeter, LEVELS_PER_FRAME, lineFrameCount, writeFrame } from './frames';
import { transcribeLine } from './pipeline';
import { CANDIDATES, CREPE_BINS, emptyCandidates, pickCandidates, smoothPitch } from './pitch-track';

const RATE = 16_000;

/** The same phrase as sung_phrase() of training/crepe_export/export.py. */
function sungPhrase(): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(1.2 * RATE);
  let phase = 0;
  for (let n = 0; n < samples.length; n++) {
    const t = n / RATE;
    const hz = t < 0.55 ? 220 * 2 ** ((0.3 / 12) * Math.sin(2 * Math.PI * 5.5 * t)) : 246.94;
    phase += (2 * Math.PI * hz) / RATE;
    if (t <= 0.1 || t >= 1) continue;
    for (let k = 1; k <= 5; k++) samples[n]! += (0.3 * Math.sin(k * phase)) / k;
  }
  return samples;
}

const phrase = memoryReader({ sampleRateHz: RATE, channels: [sungPhrase()] });

function countingEnv(
  signal = new AbortController().signal,
): PipelineEnv & { asked: number[]; done: number[] } {
  const asked: number[] = [];
  const done: number[] = [];
  return {
    asked,
    done,
    signal,
    model: () => undefined,
    report: (progress) => done.push(progress.done / progress.total),
    infer(_id, feeds) {
      const frames = feeds['frames']!.dims[0]!;
      asked.push(frames);
      const data = new Float32Array(frames * CREPE_BINS);
      for (let i = 0; i < frames; i++) data[i * CREPE_BINS + 180] = 0.9;
      return Promise.resolve({ pitch: { data, dims: [frames, CREPE_BINS] } });
    },
  };
}

describe('CREPE', () => {
  it('frames equal the Python reference', () => {
    const samples = sungPhrase();
    expect(lineFrameCount(samples.length)).toBe(golden.frameCount);
    golden.frameIndices.forEach((frame, i) => {
      const out = new Float32Array(CREPE_WINDOW_SAMPLES);
      writeFrame(samples, frame, out, 0);
      golden.frames[i]!.forEach((want, k) => expect(out[k * 8]!).toBeCloseTo(want, 3));
    });
  });

  it('answers as the published network', async () => {
    const samples = sungPhrase();
    const data = new Float32Array(golden.frameCount * CREPE_WINDOW_SAMPLES);
    for (let i = 0; i < golden.frameCount; i++) writeFrame(samples, i, data, i * CREPE_WINDOW_SAMPLES);
    const frames = { data, dims: [golden.frameCount, CREPE_WINDOW_SAMPLES] };
    const chances = (await nodeEnv().infer('crepe-tiny', { frames }))['pitch']!.data;
    for (let i = 6; i < 48; i++) {
      const row = chances.subarray(i * CREPE_BINS, (i + 1) * CREPE_BINS);
      expect(Math.max(...row)).toBeCloseTo(golden.confidence[i]!, 2);
      expect(row.indexOf(Math.max(...row))).toBe(golden.bestBins[i]);
    }
  });
});

describe('LevelMeter', () => {
  const tone = Float32Array.from({ length: 4000 }, (_, n) => Math.sin((2 * Math.PI * 400 * n) / 16_000));

  it('calls a full-scale sine -3 dB, half of it at the edges, and nothing silence', () => {
    const meter = new LevelMeter(tone.length);
    meter.add(tone, 0);
    const levels = meter.levelsDb();
    expect(levels.length).toBe(lineFrameCount(tone.length) * LEVELS_PER_FRAME);
    expect(levels[20]).toBeCloseTo(-3.01, 2);
    expect(levels[0]).toBeCloseTo(-6.02, 2);
    expect(new LevelMeter(4000).levelsDb().every((level) => level === -100)).toBe(true);
  });

  it('does not depend on how the recording is cut', () => {
    const whole = new LevelMeter(tone.length);
    whole.add(tone, 0);
    const cut = new LevelMeter(tone.length);
    for (let first = 0; first < tone.length; first += 800) cut.add(tone.subarray(first, first + 800), first);
    expect(cut.levelsDb()).toEqual(whole.levelsDb());
  });
});

describe('smoothPitch', () => {
  it('prefers the smooth path to a stronger octave slip, and places pitches between bins', () => {
    const candidates = emptyCandidates(5);
    const row = new Float32Array(CREPE_BINS);
    for (let frame = 0; frame < 5; frame++) {
      row.fill(0);
      row[150] = 0.7;
      row[151] = 0.69;
      if (frame === 2) row[210] = 0.75;
      pickCandidates(row, 0, candidates, frame);
    }
    expect(candidates.strength[2 * CANDIDATES]).toBeCloseTo(0.75);
    const track = smoothPitch(candidates);
    track.pitch.forEach((pitch) => expect(pitch).toBeCloseTo(track.pitch[0]!, 5));
    // Bin 150.5 lies 1997.38 + 3010 cents above 10 Hz.
    expect(track.pitch[0]!).toBeCloseTo(69 + 12 * Math.log2((10 * 2 ** (5007.22 / 1200)) / 440), 1);
  });
});

describe('transcribeLine', () => {
  it('finds the two notes of the phrase', async () => {
    const { notes } = await transcribeLine.run({ audio: phrase }, nodeEnv());
    expect(notes.map((note) => note.pitch)).toEqual([57, 59]);
    expect(notes[0]!.startSeconds).toBeCloseTo(0.1, 1);
    expect(notes[1]!.startSeconds).toBeCloseTo(0.55, 1);
  });

  it('finds the same in a recording that is too long to be held', async () => {
    const held = await transcribeLine.run({ audio: phrase }, nodeEnv());
    const inParts = await transcribeLine.run({ audio: phrase, keptSeconds: 0 }, nodeEnv());
    expect(inParts.notes.map((note) => note.pitch)).toEqual([57, 59]);
    expect(inParts.track.levels).toEqual(held.track.levels);
  });

  it('asks the network only about frames in which something sounds', async () => {
    const env = countingEnv();
    await transcribeLine.run({ audio: phrase }, env);
    const frames = env.asked.reduce((a, b) => a + b, 0);
    expect(frames).toBeLessThan(golden.frameCount);
    expect(frames).toBeGreaterThan(40);
    expect(env.done.at(-1)).toBe(1);
  });

  it('answers silence and an empty stem without the network', async () => {
    for (const samples of [new Float32Array(RATE), new Float32Array(0)]) {
      const env = countingEnv();
      const audio = memoryReader({ sampleRateHz: RATE, channels: [samples] });
      expect((await transcribeLine.run({ audio }, env)).notes).toEqual([]);
      expect(env.asked).toEqual([]);
    }
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(transcribeLine.run({ audio: phrase }, countingEnv(controller.signal))).rejects.toMatchObject(
      {
        name: 'AbortError',
      },
    );
  });
});
