import type { Project, ProjectNote } from '$lib/core/project';
import { emptyDraft, finishProject } from '$lib/core/project-draft';

const note = (startTicks: number, durationTicks: number, pitch: number, velocity = 0.8): ProjectNote => ({
  startTicks,
  durationTicks,
  pitch,
  velocity,
});

/** A small song with everything exporters must get right: loops, trimmed and muted clips, a tempo ramp, a metre change. */
export function demoProject(): Project {
  const chords = [57, 53, 48, 55].flatMap((root, bar) =>
    [0, 4, 7].map((interval) => note(bar * 3840, 3600, root + (bar === 0 && interval === 4 ? 3 : interval))),
  );
  const beat = [0, 1, 2, 3].map((i) => note(i * 960, 0, i % 2 === 0 ? 36 : 38, 1));
  const clip = (id: string, trackId: string, patternId: string, startTicks: number, endTicks: number) => ({
    id,
    trackId,
    kind: 'notes' as const,
    name: id,
    startTicks,
    endTicks,
    offsetTicks: 0,
    patternId,
  });
  return finishProject({
    ...emptyDraft('dawproject', 'Demo – ключ'),
    formatVersion: '1.0',
    key: { tonic: 'A', mode: 'minor', origin: 'file', confidence: 1 },
    tempo: [
      { tick: 0, bpm: 100 },
      { tick: 7680, bpm: 100, curve: 'linear' },
      { tick: 15360, bpm: 140 },
    ],
    timeSignatures: [
      { tick: 0, numerator: 4, denominator: 4 },
      { tick: 15360, numerator: 3, denominator: 4 },
    ],
    tracks: [
      { id: 'track:0', name: 'Keys', kind: 'midi', program: 4 },
      { id: 'track:1', name: 'Drums', kind: 'midi', isDrum: true },
    ],
    clips: [
      clip('keys', 'track:0', 'chords', 0, 15360),
      { ...clip('again', 'track:0', 'chords', 15360, 21120), offsetTicks: 1920 },
      { ...clip('muted', 'track:0', 'chords', 21120, 24000), muted: true },
      { ...clip('beat', 'track:1', 'beat', 0, 17280), loop: { startTicks: 0, endTicks: 3840 } },
    ],
    patterns: [
      { id: 'chords', name: 'Chords', lengthTicks: 15360, notes: chords },
      { id: 'beat', name: 'Beat', lengthTicks: 3840, notes: beat },
    ],
    markers: [{ ticks: 7680, name: 'Lift', kind: 'text' }],
    mixer: [
      {
        id: 'keys',
        name: 'Keys',
        kind: 'track',
        gain: 0.5,
        pan: 0,
        muted: false,
        sends: [],
        devices: [],
        outputId: 'master',
      },
      {
        id: 'master',
        name: 'Master',
        kind: 'master',
        gain: 0.5,
        pan: 0,
        muted: false,
        sends: [],
        devices: [],
      },
    ],
  }).project;
}
