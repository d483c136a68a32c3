import { keyOfChroma } from './keys';
import type { ProjectKey, ProjectNote } from './project';

/** A long pad says no more about the key than a bar of it does. */
const MAX_NOTE_TICKS = 3840;
const MIN_NOTE_TICKS = 120;
const DRUM_CHANNEL = 9;
/** With fewer different pitch classes a dozen keys fit equally well. */
const MIN_PITCH_CLASSES = 3;

/**
 * The key of a project's notes by how long each pitch class sounds; `undefined` where there is too little to go by.
 * Drum channels, step sequencer hits and instruments that play one pitch only do not count.
 */
export function inferKey(notes: readonly ProjectNote[]): ProjectKey | undefined {
  const weights = pitchClassWeights(notes);
  if (weights.filter((weight) => weight > 0).length < MIN_PITCH_CLASSES) return undefined;
  const { tonic, mode, confidence } = keyOfChroma(weights);
  if (confidence <= 0) return undefined;
  return { tonic, mode, origin: 'inferred', confidence: Math.round(confidence * 1000) / 1000 };
}

function pitchClassWeights(notes: readonly ProjectNote[]): number[] {
  const pitchesByChannel = new Map<string, Set<number>>();
  const keyOf = (note: ProjectNote): string => note.channelId ?? `midi:${note.midiChannel ?? 0}`;
  for (const note of notes) {
    const pitches = pitchesByChannel.get(keyOf(note));
    if (pitches === undefined) pitchesByChannel.set(keyOf(note), new Set([note.pitch]));
    else pitches.add(note.pitch);
  }
  const weights = new Array<number>(12).fill(0);
  for (const note of notes) {
    if (note.midiChannel === DRUM_CHANNEL || note.muted === true || note.isStep === true) continue;
    if (pitchesByChannel.get(keyOf(note))!.size < 2) continue;
    weights[note.pitch % 12]! += Math.min(MAX_NOTE_TICKS, Math.max(MIN_NOTE_TICKS, note.durationTicks));
  }
  return weights;
}
