import { describe, expect, it } from 'vitest';
import network from '../../../../../tests/fixtures/golden/beats-network.json';
import golden from '../../../../../tests/fixtures/golden/beats-features.json';
import { nodeEnv } from '../../../../../tests/helpers/node-env';
import { BEAT_SAMPLE_RATE_HZ, BEAT_BANDS, logBands, withRise } from './features';

/** The same 3 s as click_track() of training/beats/export_beatnet.py. */
const clicks = Float32Array.from({ length: 3 * BEAT_SAMPLE_RATE_HZ }, (_, n) => {
  const t = n / BEAT_SAMPLE_RATE_HZ;
  const since = t % 0.5;
  const hz = Math.floor(t / 0.5) % 4 === 0 ? 180 : 900;
  return 0.7 * Math.exp(-since * 30) * Math.sin(2 * Math.PI * hz * since);
});

describe('BeatNet', () => {
  it('answers our features as the published network answers the reference features', async () => {
    const data = withRise(await logBands(clicks));
    const state = { data: new Float32Array(900), dims: [6, 1, 150] };
    const features = { data, dims: [data.length / BEAT_BANDS / 2, BEAT_BANDS * 2] };
    const out = await nodeEnv().infer('beatnet', { features, hidden: state, cell: state });
    golden.beat.forEach((want, i) => expect(out['chances']!.data[i * 3]).toBeCloseTo(want, 3));
    golden.downbeat.forEach((want, i) => expect(out['chances']!.data[i * 3 + 1]).toBeCloseTo(want, 3));
  });
});

describe('our beat network', () => {
  it('answers our features as the trained network answers the reference features', async () => {
    const data = await logBands(clicks);
    const bands = { data, dims: [1, data.length / BEAT_BANDS, BEAT_BANDS] };
    const chances = (await nodeEnv().infer('beats', { bands }))['chances']!.data;
    network.any.forEach((want, i) => expect(chances[i * 2]).toBeCloseTo(want, 3));
    network.downbeat.forEach((want, i) => expect(chances[i * 2 + 1]).toBeCloseTo(want, 3));
  });
});
