import { describe, expect, it } from 'vitest';
import { TempoMap } from '$lib/core/tempo-map';
import { analyseBeats, defaultBeats } from './analyse';
import { everyBeat, pulses } from './pulse.fixture';

describe('analyseBeats', () => {
  it.each([72, 93.5, 127, 140, 171])('finds a constant %f bpm exactly, with one tempo point', (bpm) => {
    const truth = everyBeat(bpm, 40, 0.31);
    const found = analyseBeats(pulses(truth, { durationSeconds: 40 }), 40);
    expect(found.constant).toBe(true);
    expect(found.bpm).toBeCloseTo(bpm, 1);
    expect(found.tempoMap).toHaveLength(1);
    const worst = Math.max(...truth.map((t) => Math.min(...found.beatsSeconds.map((b) => Math.abs(b - t)))));
    expect(worst).toBeLessThan(0.015);
  });

  it.each([86, 172])('lets a second opinion decide between a tempo and its double (%d)', (bpm) => {
    // Beats at 86, something weaker halfway between them, and no bars.
    const barless = { durationSeconds: 40, downEvery: 1000, firstDown: 999 };
    const strong = pulses(everyBeat(86, 40), { ...barless, level: 0.6 });
    const weak = pulses(everyBeat(86, 40, 30 / 86), { ...barless, level: 0.4 });
    const beat = strong.beat.map((value, i) => Math.max(value, weak.beat[i]!));
    const logChances = Float32Array.from({ length: 25 }, (_, k) =>
      Math.abs(Math.log2((45 * 2 ** (k / 10)) / bpm)) < 0.06 ? -0.2 : -4,
    );
    const tempo = { logChances, lowestBpm: 45, perOctave: 10 };
    expect(analyseBeats({ ...strong, beat }, 40, { tempo }).bpm).toBeCloseTo(bpm, 0);
  });

  it('puts the bar lines on the downbeats, a pickup included', () => {
    const truth = everyBeat(100, 30, 0.2);
    const found = analyseBeats(pulses(truth, { durationSeconds: 30, firstDown: 3 }), 30);
    expect(found.timeSignature.numerator).toBe(4);
    expect(found.downbeatsSeconds[0]).toBeCloseTo(truth[3]!, 1);
    const ticks = TempoMap.fromPoints(found.tempoMap).secondsToTicks(found.downbeatsSeconds[0]!);
    expect(Math.abs(ticks / 3840 - Math.round(ticks / 3840))).toBeLessThan(0.01);
    expect(found.tempoMap[0]!.seconds).toBeLessThanOrEqual(0.001);
  });

  it('counts a beat at the very start as the first one', () => {
    const found = analyseBeats(pulses(everyBeat(110, 30), { durationSeconds: 30 }), 30);
    expect(found.beatsSeconds[0]).toBeLessThan(0.02);
    expect(found.downbeatsSeconds[0]).toBe(found.beatsSeconds[0]);
  });

  it('lets the first sound decide between the first and the third beat', () => {
    const truth = everyBeat(100, 30);
    // Every second beat looks like a downbeat.
    const activations = pulses(truth, { durationSeconds: 30, downEvery: 2 });
    for (const opening of [1, 2, 3]) {
      const found = analyseBeats(activations, 30, { firstSoundSeconds: truth[opening]! + 0.02 });
      const expected = opening % 2 === 0 ? truth[opening]! : undefined;
      if (expected !== undefined) expect(found.downbeatsSeconds[0]! % 2.4).toBeCloseTo(expected % 2.4, 1);
    }
  });

  it('leaves the offbeats where a second opinion and the first sound are on the beat', () => {
    const truth = everyBeat(120, 30);
    const offbeats = pulses(
      truth.map((t) => t + 0.25),
      { durationSeconds: 30, level: 0.6 },
    );
    const second = pulses(truth, { durationSeconds: 30, downEvery: 1000, level: 0.9 }).beat;
    const alone = analyseBeats(offbeats, 30);
    expect(alone.beatsSeconds[4]! % 0.5).toBeCloseTo(0.25, 1);
    const both = analyseBeats(offbeats, 30, { anyBeat: second, firstSoundSeconds: 0 });
    expect(Math.abs(((both.beatsSeconds[4]! + 0.25) % 0.5) - 0.25)).toBeLessThan(0.03);
  });

  it('hears three in a bar', () => {
    const truth = everyBeat(150, 30);
    const found = analyseBeats(pulses(truth, { durationSeconds: 30, downEvery: 3 }), 30);
    expect(found.timeSignature).toEqual({ numerator: 3, denominator: 4 });
  });

  it('counts four in a bar where three are only hinted at', () => {
    const truth = everyBeat(150, 30);
    const plain = pulses(truth, { durationSeconds: 30, downEvery: 1000 });
    const hint = pulses(truth, { durationSeconds: 30, downEvery: 3, level: 0.1 }).downbeat;
    const downbeat = plain.downbeat.map((value, i) => Math.max(value, hint[i]!));
    expect(analyseBeats({ ...plain, downbeat }, 30).timeSignature.numerator).toBe(4);
  });

  it('bridges beats that the network missed', () => {
    const truth = everyBeat(120, 30, 0.5);
    const heard = truth.filter((_, i) => i % 7 !== 5);
    const found = analyseBeats(pulses(heard, { durationSeconds: 30, downEvery: 1000 }), 30);
    expect(found.constant).toBe(true);
    expect(found.bpm).toBeCloseTo(120, 1);
  });

  it('follows a tempo that drifts, with a map that agrees with its beats', () => {
    const truth: number[] = [];
    for (let t = 0.4, bpm = 96; t < 60; t += 60 / bpm, bpm += 0.25) truth.push(t);
    const found = analyseBeats(pulses(truth, { durationSeconds: 60 }), 60);
    expect(found.constant).toBe(false);
    const hits = truth.filter((t) => found.beatsSeconds.some((b) => Math.abs(b - t) < 0.03));
    expect(hits.length / truth.length).toBeGreaterThan(0.95);
    const map = TempoMap.fromPoints(found.tempoMap);
    expect(map.secondsToTicks(0)).toBeGreaterThanOrEqual(-1);
    for (const beat of found.beatsSeconds) {
      const ticks = map.secondsToTicks(beat) / 960;
      expect(Math.abs(ticks - Math.round(ticks))).toBeLessThan(0.06);
    }
    for (const down of found.downbeatsSeconds) {
      const bars = map.secondsToTicks(down) / 3840;
      expect(Math.abs(bars - Math.round(bars))).toBeLessThan(0.02);
    }
  });

  it('keeps one tempo where the activation slides from the beats to the offbeats', () => {
    const truth = everyBeat(124, 80);
    const offbeats = everyBeat(124, 80, 30 / 124);
    const on = pulses(truth, { durationSeconds: 80, downEvery: 1000, level: 0.9 });
    const off = pulses(offbeats, { durationSeconds: 80, downEvery: 1000, firstDown: 999, level: 0.9 });
    const beat = on.beat.map((value, i) =>
      i < 2000 ? Math.max(value, off.beat[i]! * 0.7) : Math.max(value * 0.7, off.beat[i]!),
    );
    const found = analyseBeats({ ...on, beat }, 80, { firstSoundSeconds: 0 });
    expect(found.constant).toBe(true);
    expect(found.bpm).toBeCloseTo(124, 1);
    const worst = Math.max(...truth.map((t) => Math.min(...found.beatsSeconds.map((b) => Math.abs(b - t)))));
    expect(worst).toBeLessThan(0.02);
  });

  it('answers silence, noise and scraps with the default grid', () => {
    const flat = {
      beat: new Float32Array(500).fill(0.02),
      downbeat: new Float32Array(500),
      framesPerSecond: 50,
    };
    expect(analyseBeats(flat, 10)).toEqual(defaultBeats(10));
    const nothing = { beat: new Float32Array(0), downbeat: new Float32Array(0), framesPerSecond: 50 };
    expect(analyseBeats(nothing, 0).bpm).toBe(120);
    expect(analyseBeats(pulses([0.2], { durationSeconds: 0.5 }), 0.5).confidence).toBeLessThan(1);
  });

  it('never leaves the recording and never goes back in time', () => {
    const found = analyseBeats(pulses(everyBeat(130, 12, 0.02), { durationSeconds: 12 }), 12);
    expect(found.beatsSeconds[0]).toBeGreaterThanOrEqual(0);
    expect(found.beatsSeconds.at(-1)).toBeLessThan(12);
    found.beatsSeconds.slice(1).forEach((beat, i) => expect(beat).toBeGreaterThan(found.beatsSeconds[i]!));
  });
});
