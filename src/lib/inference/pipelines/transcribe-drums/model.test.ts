import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { memoryReader } from '$lib/core/audio';
import { parseManifest } from '../../models/manifest';
import { DRUM_OUTPUTS } from './decode';
import { DRUM_MODEL_ID } from './kit';
import { transcribeDrums } from './pipeline';

interface Golden {
  readonly version: string;
  readonly frames: number;
  /** Kick, snare and closed-hat activations of every frame. */
  readonly activations: number[];
  readonly notes: { pitch: number; seconds: number }[];
}

const golden = JSON.parse(readFileSync('tests/fixtures/golden/drums-model.json', 'utf8')) as Golden;
const CLASSES = [0, 1, 3];

/** The 3 s of beat() in training/drums/golden.py: a sine kick, a noise snare, a short hat. */
function beat(): Float32Array<ArrayBuffer> {
  const out = new Float32Array(3 * 44_100);
  let seed = 1;
  const noise = (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647 - 0.5;
  };
  for (let step = 0; step < 12; step++) {
    const start = step * 11_025;
    const snare = step % 4 === 2;
    let last = 0;
    for (let n = 0; n < 11_025; n++) {
      const t = n / 44_100;
      const white = noise();
      let y = 0.5 * (white - last) * Math.exp(-t * 90);
      if (step % 4 === 0)
        y += 0.8 * Math.sin(2 * Math.PI * (50 * t + 4 * (1 - Math.exp(-t * 40)))) * Math.exp(-t * 14);
      if (snare)
        y += 0.9 * white * Math.exp(-t * 25) + 0.4 * Math.sin(2 * Math.PI * 190 * t) * Math.exp(-t * 30);
      last = white;
      out[start + n] = y;
    }
  }
  return out;
}

describe('the shipped drum network', () => {
  it('answers as native Python does, features and decoder included', async () => {
    const root = 'static/models';
    const manifest = parseManifest(JSON.parse(readFileSync(path.join(root, 'manifest.json'), 'utf8')));
    const entry = manifest.models.find((model) => model.id === DRUM_MODEL_ID)!;
    expect(entry.version).toBe(golden.version);
    const session = await InferenceSession.create(path.join(root, entry.url), { intraOpNumThreads: 1 });
    const audio = memoryReader({ sampleRateHz: 44_100, channels: [beat()] });
    const { notes, activations } = await transcribeDrums.run(
      { mix: audio, drums: audio },
      {
        model: () => entry,
        signal: new AbortController().signal,
        report: () => undefined,
        async infer(_, feeds) {
          const { data, dims } = feeds['features']!;
          const { activations: answer } = await session.run({
            features: new Tensor('float32', data, [...dims]),
          });
          return {
            activations: { data: Float32Array.from(answer!.data as Float32Array), dims: answer!.dims },
          };
        },
      },
    );
    expect(activations.frameCount).toBe(golden.frames);
    let worst = 0;
    for (const [i, value] of golden.activations.entries()) {
      const frame = Math.floor(i / CLASSES.length);
      const mine = activations.values[frame * DRUM_OUTPUTS + CLASSES[i % CLASSES.length]!]!;
      worst = Math.max(worst, Math.abs(mine - value));
    }
    // The resamplers of the two languages differ slightly; the network itself agrees to 1e-6.
    expect(worst).toBeLessThan(0.03);
    // Two drums of one stroke may lie a fraction of a millisecond apart, either way round: each pitch is compared for itself.
    const byPitch = (found: readonly { pitch: number; seconds: number }[]): typeof golden.notes =>
      found
        .map(({ pitch, seconds }) => ({ pitch, seconds }))
        .sort((a, b) => a.pitch - b.pitch || a.seconds - b.seconds);
    const mine = byPitch(notes.map(({ pitch, startSeconds }) => ({ pitch, seconds: startSeconds })));
    const wanted = byPitch(golden.notes);
    expect(mine.map((note) => note.pitch)).toEqual(wanted.map((note) => note.pitch));
    for (const [i, note] of mine.entries())
      expect(Math.abs(note.seconds - wanted[i]!.seconds)).toBeLessThan(0.003);
  });
});
