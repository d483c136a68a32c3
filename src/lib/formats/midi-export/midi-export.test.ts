import type { BeatAnalysis, TranscribedTrack, Transcription } from '$lib/core/transcription';
import { Midi } from '@tonejs/midi';
import { parseMidi } from 'midi-file';
import { describe, expect, it } from 'vitest';
import { exportMetadata } from './metadata';
import { writeMidiFile } from './midi-file-writer';
import { midiGrid } from './midi-grid';

function beatsFrom(beatsSeconds: number[], downbeatIndex: number): BeatAnalysis {
  const tempoMap = beatsSeconds.map((seconds, index) => {
    const next = beatsSeconds[index + 1] ?? seconds + (seconds - beatsSeconds[index - 1]!);
    return { seconds, tick: (index - downbeatIndex) * 960, bpm: 60 / (next - seconds) };
  });
  return {
    beatsSeconds,
    downbeatsSeconds: beatsSeconds.filter(
      (_, index) => (index - downbeatIndex) % 4 === 0 && index >= downbeatIndex,
    ),
    bpm: 120,
    constant: false,
    tempoMap,
    timeSignature: { numerator: 4, denominator: 4 },
    confidence: 1,
  };
}

function track(overrides: Partial<TranscribedTrack> = {}): TranscribedTrack {
  return {
    id: 'keys',
    name: 'Tasten – ключ',
    stem: 'other',
    family: 'keys',
    program: 4,
    isDrum: false,
    confidence: 0.9,
    modelIds: ['notes'],
    notes: [
      { startSeconds: 0.013, durationSeconds: 0.4, pitch: 60, velocity: 0.5, confidence: 1 },
      { startSeconds: 0.3, durationSeconds: 0.4, pitch: 60, velocity: 0.8, confidence: 1 },
      { startSeconds: 3.217, durationSeconds: 1, pitch: 64, velocity: 1, confidence: 1 },
    ],
    ...overrides,
  };
}

function transcription(beats: BeatAnalysis, tracks: TranscribedTrack[]): Transcription {
  return {
    schemaVersion: 1,
    source: {
      name: 'song.wav',
      sha256: '0'.repeat(64),
      durationSeconds: 10,
      sampleRateHz: 44_100,
      channels: 2,
    },
    beats,
    key: { tonic: 'A', mode: 'minor', confidence: 0.8 },
    stems: ['other'],
    tracks,
    models: [],
    timings: [],
    warnings: [],
  };
}

const wobbly = [0.61, 1.12, 1.6, 2.11, 2.63, 3.1, 3.62, 4.1, 4.6, 5.13];

describe('midiGrid', () => {
  it('puts tick 0 at second 0 and starts a bar at the first downbeat', () => {
    const grid = midiGrid(beatsFrom(wobbly, 2));
    expect(grid.tempoMap.points[0]).toMatchObject({ tick: 0, seconds: 0 });
    expect(grid.timeSignatures).toEqual([
      { tick: 0, numerator: 3, denominator: 4 },
      { tick: 2880, numerator: 4, denominator: 4 },
    ]);
    wobbly.forEach((seconds, index) => {
      expect(grid.tempoMap.secondsToTicks(seconds)).toBeCloseTo((index + 1) * 960, 1);
    });
  });

  it('swallows a lead-in of milliseconds in the first beat', () => {
    const grid = midiGrid(beatsFrom([0.01, 0.51, 1.01, 1.51, 2.01], 0));
    expect(grid.timeSignatures).toEqual([{ tick: 0, numerator: 4, denominator: 4 }]);
    expect(grid.tempoMap.secondsToTicks(0.51)).toBeCloseTo(960, 1);
    expect(grid.tempoMap.secondsToTicks(2.01)).toBeCloseTo(4 * 960, 1);
  });

  it('keeps one tempo for a constant song that starts at 0', () => {
    const beats = {
      ...beatsFrom([0, 0.5, 1], 0),
      constant: true,
      tempoMap: [{ seconds: 0, tick: 0, bpm: 120 }],
    };
    expect(midiGrid(beats).tempos).toEqual([{ tick: 0, microsecondsPerQuarter: 500_000 }]);
  });

  it('gives a file without beats a tempo', () => {
    const beats = { ...beatsFrom([0, 0.5], 0), beatsSeconds: [], downbeatsSeconds: [], tempoMap: [] };
    expect(midiGrid(beats).tempos).toHaveLength(1);
  });

  it('makes the upbeat of an eighth a short bar', () => {
    const grid = midiGrid(beatsFrom([0.2, 0.7, 1.2, 1.7], 0));
    expect(grid.timeSignatures[0]).toEqual({ tick: 0, numerator: 1, denominator: 8 });
    expect(grid.tempoMap.secondsToTicks(0.2)).toBeCloseTo(480, 1);
  });
});

describe('writeMidiFile', () => {
  it('keeps the seconds of every note to the tick', () => {
    const song = transcription(beatsFrom(wobbly, 2), [track()]);
    const midi = new Midi(writeMidiFile(song, song.tracks, { pitchBends: false }));
    expect(midi.header.ppq).toBe(960);
    const notes = midi.tracks.flatMap((each) => each.notes);
    expect(notes.map((note) => note.midi)).toEqual([60, 60, 64]);
    [0.013, 0.3, 3.217].forEach((seconds, index) => {
      expect(Math.abs(notes[index]!.time - seconds)).toBeLessThan(0.0006);
    });
    // The first C ends where the second begins.
    expect(notes[0]!.time + notes[0]!.duration).toBeCloseTo(0.3, 2);
    expect(midi.tracks[1]?.instrument.number ?? midi.tracks[0]!.instrument.number).toBe(4);
  });

  it('writes drums on channel 10 and names in UTF-8', () => {
    const drums = track({ id: 'drums', isDrum: true, program: 0, stem: 'drums', family: 'drums' });
    const song = transcription(beatsFrom(wobbly, 2), [track(), drums]);
    const midi = parseMidi(writeMidiFile(song, song.tracks, { pitchBends: false }));
    expect(midi.tracks).toHaveLength(3);
    const channels = midi.tracks[2]!.flatMap((event) => (event.type === 'noteOn' ? [event.channel] : []));
    expect(new Set(channels)).toEqual(new Set([9]));
    const name = midi.tracks[1]!.find((event) => event.type === 'trackName');
    const bytes = Uint8Array.from(name?.type === 'trackName' ? name.text : '', (c) => c.charCodeAt(0));
    expect(new TextDecoder().decode(bytes)).toBe('Tasten – ключ');
  });

  it('bends only notes that sound alone, and only when asked', () => {
    const notes = [
      { startSeconds: 1, durationSeconds: 1, pitch: 60, velocity: 1, confidence: 1, bendCents: [0, 50, 100] },
      { startSeconds: 3, durationSeconds: 1, pitch: 60, velocity: 1, confidence: 1, bendCents: [0, 50] },
      { startSeconds: 3.5, durationSeconds: 1, pitch: 64, velocity: 1, confidence: 1 },
    ];
    const song = transcription(beatsFrom(wobbly, 2), [track({ notes })]);
    const bends = (pitchBends: boolean): number[] =>
      parseMidi(writeMidiFile(song, song.tracks, { pitchBends })).tracks[1]!.flatMap((event) =>
        event.type === 'pitchBend' ? [event.value] : [],
      );
    expect(bends(false)).toEqual([]);
    expect(bends(true)).toEqual([0, Math.round(8192 / 24), Math.round(8192 / 12), 0, 0]);
  });
});

describe('exportMetadata', () => {
  it('names each stem once and counts notes', () => {
    const song = transcription(beatsFrom(wobbly, 2), [track(), track({ id: 'guitar', family: 'guitar' })]);
    const metadata = exportMetadata(song, ['other', 'vocals']);
    expect(metadata.tracks.map((each) => each.stem)).toEqual(['stems/keys.wav', undefined]);
    expect(metadata.tracks[0]).toMatchObject({ midi: 'midi/keys.mid', noteCount: 3, stemKind: 'other' });
    expect(metadata.tempo.map[0]).toMatchObject({ seconds: 0, tick: 0 });
    expect(metadata.source.sampleRate).toBe(44_100);
  });
});
