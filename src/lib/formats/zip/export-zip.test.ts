import type { Transcription } from '$lib/core/transcription';
import { strFromU8, unzipSync } from 'fflate';
import { parseMidi } from 'midi-file';
import { describe, expect, it } from 'vitest';
import { exportZip } from './export-zip';

const SONG: Transcription = {
  schemaVersion: 1,
  source: { name: 'ü.wav', sha256: '0'.repeat(64), durationSeconds: 4, sampleRateHz: 48_000, channels: 1 },
  beats: {
    beatsSeconds: [0, 0.5, 1],
    downbeatsSeconds: [0],
    bpm: 120,
    constant: true,
    tempoMap: [{ seconds: 0, tick: 0, bpm: 120 }],
    timeSignature: { numerator: 4, denominator: 4 },
    confidence: 1,
  },
  key: { tonic: 'C', mode: 'major', confidence: 1 },
  stems: ['drums', 'other'],
  tracks: ['keys', 'guitar'].map((id) => ({
    id,
    name: id,
    stem: 'other' as const,
    family: id as 'keys' | 'guitar',
    program: 0,
    isDrum: false,
    notes: [{ startSeconds: 1, durationSeconds: 1, pitch: 60, velocity: 0.5, confidence: 1 }],
    confidence: 0.5,
    modelIds: ['notes'],
  })),
  models: [],
  timings: [{ stage: 'decode', seconds: 1 }],
  warnings: ['w'],
};

async function unzip(stems: Map<'drums' | 'other', Blob>): Promise<Record<string, Uint8Array>> {
  const zip = exportZip({ transcription: SONG, stems, pitchBends: false });
  return unzipSync(new Uint8Array(await new Response(zip).arrayBuffer()));
}

describe('exportZip', () => {
  it('holds the metadata and a MIDI file a track, and one with all', async () => {
    const files = await unzip(new Map());
    expect(Object.keys(files)).toEqual(['metadata.json', 'midi/keys.mid', 'midi/guitar.mid', 'midi/all.mid']);
    const metadata = JSON.parse(strFromU8(files['metadata.json']!)) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      schemaVersion: 1,
      source: { name: 'ü.wav', sampleRate: 48_000 },
      tempo: { bpm: 120, constant: true, map: [{ seconds: 0, tick: 0, bpm: 120 }] },
      warnings: ['w'],
    });
    expect(parseMidi(files['midi/all.mid']!).tracks).toHaveLength(3);
  });

  it('holds every stem once, also one without a track', async () => {
    const files = await unzip(
      new Map([
        ['drums', new Blob(['d'])],
        ['other', new Blob(['o'])],
      ]),
    );
    expect(strFromU8(files['stems/drums.wav']!)).toBe('d');
    expect(strFromU8(files['stems/keys.wav']!)).toBe('o');
    const { tracks } = JSON.parse(strFromU8(files['metadata.json']!)) as { tracks: { stem?: string }[] };
    expect(tracks.map((track) => track.stem)).toEqual(['stems/keys.wav', undefined]);
  });
});
