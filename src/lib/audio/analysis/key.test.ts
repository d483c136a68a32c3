import { describe, expect, it } from 'vitest';
import { memoryReader, type AudioReader } from '$lib/core/audio';
import { keyOfAudio } from './key';

const RATE = 44_100;
const signal = new AbortController().signal;

/** Chords of four partials, half a second each, over soft noise. */
function chords(roots: readonly (readonly number[])[], cents = 0): AudioReader {
  const samples = new Float32Array(roots.length * RATE);
  roots.forEach((pitches, n) => {
    for (const pitch of pitches) {
      const hz = 440 * 2 ** ((pitch + cents / 100 - 69) / 12);
      for (let i = 0; i < RATE; i++) {
        const t = i / RATE;
        for (let k = 1; k <= 4; k++) {
          samples[n * RATE + i]! += (0.05 / k) * Math.sin(2 * Math.PI * k * hz * t) * Math.exp(-t);
        }
      }
    }
  });
  for (let i = 0; i < samples.length; i++) samples[i]! += 0.002 * Math.sin(i * i * 0.37);
  return memoryReader({ sampleRateHz: RATE, channels: [samples] });
}

const G_MAJOR = [
  [55, 59, 62],
  [60, 64, 67],
  [50, 57, 66],
  [55, 59, 67],
];
const E_MINOR = [
  [52, 55, 59],
  [57, 60, 64],
  [47, 51, 54],
  [52, 55, 64],
];

describe('keyOfAudio', () => {
  it('hears major and minor', async () => {
    expect(await keyOfAudio(chords(G_MAJOR), signal)).toMatchObject({ tonic: 'G', mode: 'major' });
    expect(await keyOfAudio(chords(E_MINOR), signal)).toMatchObject({ tonic: 'E', mode: 'minor' });
  });

  it('hears through a detuned recording', async () => {
    expect(await keyOfAudio(chords(G_MAJOR, 35), signal)).toMatchObject({ tonic: 'G', mode: 'major' });
    expect(await keyOfAudio(chords(G_MAJOR, -35), signal)).toMatchObject({ tonic: 'G', mode: 'major' });
  });

  it('answers silence and nothing with confidence 0', async () => {
    const silence = memoryReader({ sampleRateHz: RATE, channels: [new Float32Array(RATE)] });
    expect((await keyOfAudio(silence, signal)).confidence).toBe(0);
    const nothing = memoryReader({ sampleRateHz: RATE, channels: [new Float32Array(0)] });
    expect((await keyOfAudio(nothing, signal)).confidence).toBe(0);
  });

  it('takes the answer of essentia, and trusts it more where its own chroma agrees', async () => {
    const answering = (tonic: 'G' | 'D') => () =>
      Promise.resolve(() => ({ tonic, mode: 'major' as const, strength: 0.9 }));
    const agreed = await keyOfAudio(chords(G_MAJOR), signal, answering('G'));
    const alone = await keyOfAudio(chords(G_MAJOR), signal, answering('D'));
    expect(agreed).toMatchObject({ tonic: 'G', mode: 'major' });
    expect(alone).toMatchObject({ tonic: 'D', mode: 'major' });
    expect(agreed.confidence).toBeGreaterThan(alone.confidence);
  });

  it('hears a long recording minute by minute: the key of most of it counts', async () => {
    const minute = 60 * RATE;
    const tone = Float32Array.from({ length: 2.5 * minute }, (_, i) => 0.1 * Math.sin(i * 0.03));
    const lengths: number[] = [];
    const keys = ['D', 'A', 'A'] as const;
    const extract = (samples: Float32Array) => {
      lengths.push(samples.length);
      return { tonic: keys[lengths.length - 1]!, mode: 'minor' as const, strength: 0.8 };
    };
    const audio = memoryReader({ sampleRateHz: RATE, channels: [tone] });
    const found = await keyOfAudio(audio, signal, () => Promise.resolve(extract));
    expect(lengths).toEqual([minute, minute, minute / 2]);
    expect(found).toMatchObject({ tonic: 'A', mode: 'minor' });
  });

  it('answers itself where essentia cannot be loaded or hears nothing', async () => {
    const own = await keyOfAudio(chords(G_MAJOR), signal);
    const offline = () => Promise.reject(new TypeError('Failed to fetch'));
    expect(await keyOfAudio(chords(G_MAJOR), signal, offline)).toEqual(own);
    const deaf = () => Promise.resolve(() => undefined);
    expect(await keyOfAudio(chords(G_MAJOR), signal, deaf)).toEqual(own);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(keyOfAudio(chords(G_MAJOR), controller.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
