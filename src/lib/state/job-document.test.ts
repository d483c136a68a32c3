import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { NoteEvent } from '$lib/core/notes';
import type { TranscribedTrack, Transcription } from '$lib/core/transcription';
import type { InferenceClient, RedecodeRequest } from '$lib/inference/client';
import { NO_EDITS, type JobEdits } from '$lib/library/database';
import { scaleTempo } from './beat-edits';
import { JobDocument } from './job-document.svelte';
import { Notices } from './notices.svelte';

const note = (startSeconds: number): NoteEvent => ({
  startSeconds,
  durationSeconds: 0.5,
  pitch: 60,
  velocity: 0.8,
  confidence: 0.7,
});
const track = (id: string): TranscribedTrack => ({
  id,
  name: id,
  stem: 'other',
  family: 'keys',
  program: 0,
  isDrum: false,
  notes: [note(0), note(1)],
  confidence: 0.8,
  modelIds: [],
});
const HEARD: Transcription = {
  schemaVersion: 1,
  source: { name: 'a.wav', sha256: '', durationSeconds: 4, sampleRateHz: 44_100, channels: 2 },
  beats: {
    beatsSeconds: [0, 0.5, 1, 1.5, 2],
    downbeatsSeconds: [0, 2],
    bpm: 120,
    constant: true,
    tempoMap: [{ seconds: 0, tick: 0, bpm: 120 }],
    timeSignature: { numerator: 4, denominator: 4 },
    confidence: 0.9,
  },
  key: { tonic: 'C', mode: 'major', confidence: 1 },
  stems: ['other'],
  tracks: [track('keys'), track('pads')],
  models: [],
  timings: [],
  warnings: [],
};

describe('JobDocument', () => {
  let saved: { transcription: Transcription; edits: JobEdits }[];
  let document: JobDocument;
  const redecodeTrack = vi.fn((request: RedecodeRequest) =>
    Promise.resolve({
      ...track(request.trackId),
      notes: request.sensitivity > 0.5 ? [note(0), note(1), note(2)] : [],
    }),
  );

  beforeEach(() => {
    vi.useFakeTimers();
    saved = [];
    redecodeTrack.mockClear();
    document = new JobDocument('job', { transcription: HEARD, edits: NO_EDITS }, HEARD, {
      client: () => ({ redecodeTrack }) as unknown as InferenceClient,
      notices: new Notices(),
      save: async (content) => void saved.push(content),
    });
  });

  it('takes back note edits, mix and beats in the order they were made', () => {
    document.setNotes('keys', [note(0.1)], 'Edit notes');
    document.setMix('pads', { mute: true }, 'Mute');
    document.setBeats((beats, seconds) => scaleTempo(beats, 2, seconds), 'Double tempo');
    expect(document.transcription.beats.bpm).toBe(240);
    expect(document.undoLabel).toBe('Double tempo');
    document.undo();
    expect(document.transcription.beats.bpm).toBe(120);
    document.undo();
    expect(document.mixOf('pads').mute).toBe(false);
    document.undo();
    expect(document.track('keys')?.notes).toEqual(HEARD.tracks[0]?.notes);
    document.redo();
    expect(document.track('keys')?.notes).toEqual([note(0.1)]);
  });

  it('saves a while after the last edit, once', async () => {
    document.setMix('keys', { gainDb: -3 }, 'Gain');
    document.setMix('keys', { gainDb: -6 }, 'Gain');
    expect(document.isSaved).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(saved.map(({ edits }) => edits.mix['keys']?.gainDb)).toEqual([-6]);
    expect(document.isSaved).toBe(true);
  });

  it('finds notes again with another sensitivity in one undoable step', async () => {
    await document.setSensitivity('keys', 0.9);
    expect(document.track('keys')?.notes).toHaveLength(3);
    expect(document.sensitivityOf('keys')).toBe(0.9);
    document.undo();
    expect(document.track('keys')?.notes).toHaveLength(2);
    expect(document.sensitivityOf('keys')).toBe(0.5);
  });

  it('lets the last of two quick questions win', async () => {
    const first = document.setSensitivity('keys', 0.9);
    const second = document.setSensitivity('keys', 0.1);
    await Promise.all([first, second]);
    expect(document.track('keys')?.notes).toHaveLength(0);
    expect(document.sensitivityOf('keys')).toBe(0.1);
  });

  it('brings a track back to what was heard', () => {
    document.setNotes('keys', [], 'Edit notes');
    document.revertTrack('keys');
    expect(document.track('keys')?.notes).toEqual(HEARD.tracks[0]?.notes);
    document.undo();
    expect(document.track('keys')?.notes).toEqual([]);
  });

  it('selects another track when the selected one is deleted, and comes back with undo', () => {
    expect(document.selectedTrackId).toBe('keys');
    document.deleteTrack('keys');
    expect(document.selectedTrackId).toBe('pads');
    document.undo();
    expect(document.transcription.tracks.map(({ id }) => id)).toEqual(['keys', 'pads']);
  });

  it('cleans a track of doubled notes, as one step that can be undone', () => {
    const doubled = [note(0), { ...note(0.01), confidence: 0.4 }, note(1)];
    document.setNotes('keys', doubled, 'Draw');
    expect(document.cleanUp('keys')).toBe(1);
    expect(document.track('keys')?.notes).toHaveLength(2);
    expect(document.cleanUp('keys')).toBe(0);
    document.undo();
    expect(document.track('keys')?.notes).toEqual(doubled);
  });
});
