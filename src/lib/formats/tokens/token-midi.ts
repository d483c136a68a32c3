import { barTicks } from '../../core/bars';
import type { Project } from '../../core/project';
import { emptyDraft, finishProject } from '../../core/project-draft';
import { PITCH_CLASSES } from '../../core/pitch-classes';
import { writeProjectMidi } from '../project-export-midi/project-midi';
import type { PatternTokens } from './tokens';

/** A pattern in token form as a project of one track, for everything that takes projects (MIDI export, the page). */
function projectFromTokens(tokens: PatternTokens): Project {
  const [numerator, denominator] = tokens.time_signature;
  const scale = 960 / tokens.ticks_per_quarter;
  const notes = tokens.notes.map(([start, duration, pitch, velocity]) => ({
    startTicks: start * scale,
    durationTicks: duration * scale,
    pitch,
    velocity: velocity / 127,
  }));
  const end = notes.reduce((last, note) => Math.max(last, note.startTicks + note.durationTicks), 0);
  const bar = barTicks({ numerator, denominator });
  const endTicks = Math.max(tokens.pattern_length * scale, Math.ceil(end / bar) * bar, 1);
  const [tonic, mode] = (tokens.key ?? '').split(' ');
  const isKey = PITCH_CLASSES.some((name) => name === tonic) && mode !== undefined;
  return finishProject({
    ...emptyDraft('midi', tokens.name),
    formatVersion: '1',
    ...(isKey ? { key: { tonic: tonic!, mode, origin: 'inferred', confidence: 1 } } : {}),
    tempo: [{ tick: 0, bpm: tokens.tempo }],
    timeSignatures: [{ tick: 0, numerator, denominator }],
    tracks: [{ id: 'track:0', name: tokens.name, kind: 'midi' }],
    clips: [
      {
        id: 'clip:0',
        trackId: 'track:0',
        kind: 'notes',
        name: tokens.name,
        startTicks: 0,
        endTicks,
        offsetTicks: 0,
        patternId: 'pattern:0',
      },
    ],
    patterns: [{ id: 'pattern:0', name: tokens.name, lengthTicks: endTicks, notes }],
  }).project;
}

/** A pattern in token form as a Standard MIDI file. */
export function midiFromTokens(tokens: PatternTokens): Uint8Array<ArrayBuffer> {
  return writeProjectMidi(projectFromTokens(tokens));
}
