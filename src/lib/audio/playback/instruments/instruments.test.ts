import { statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../../core/instruments';
import { DRUM_FILE, drumSlots, drumVoice, TONE_BANKS } from './banks';
import { voicingOf } from './patches';
import { findOnset, nearestSlot } from './sampler';

const folder = path.join(import.meta.dirname, '..', '..', '..', '..', '..', 'static', 'instruments');

describe('instruments', () => {
  it('every family and program has a sound', () => {
    for (const family of FAMILIES) {
      for (let program = 0; program < 128; program++)
        expect(voicingOf(family, program, family === 'drums')).toBeDefined();
    }
    expect(voicingOf('bass', 33, false)).toMatchObject({ kind: 'sampled', bank: 'bass' });
    expect(voicingOf('keys', 4, false)).toMatchObject({ bank: 'electricPiano' });
    expect(voicingOf('other', 0, true).kind).toBe('drums');
  });

  it('every drum note has a sound of the kit', () => {
    const slots = drumSlots();
    for (let pitch = 0; pitch < 128; pitch++) expect(slots.has(drumVoice(pitch).sound)).toBe(true);
    expect(drumVoice(42).choke).toBe(drumVoice(46).choke);
  });

  it('ships its files in less than 600 kB, with their licence', () => {
    const files = [DRUM_FILE, ...Object.values(TONE_BANKS).map((bank) => bank.file)];
    const bytes = files.reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0);
    expect(bytes).toBeLessThan(600_000);
    expect(statSync(path.join(folder, 'LICENSE')).size).toBeGreaterThan(500);
  });

  it('chooses the nearest recorded note', () => {
    const { pitches } = TONE_BANKS.bass;
    expect(pitches[nearestSlot(pitches, 30)]).toBe(28);
    expect(pitches[nearestSlot(pitches, 127)]).toBe(49);
  });

  it('finds the attack behind the silence an encoder adds', () => {
    const samples = new Float32Array(1000);
    samples.fill(0.5, 620);
    samples[500] = 0.001;
    expect(findOnset(samples, 400, 600)).toBe(620 - 16);
    expect(findOnset(samples, 0, 300)).toBe(0);
  });
});
