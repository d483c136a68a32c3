import { keyOfChroma } from './keys';
import type { ProjectKey, ProjectNote } from './project';

/** A long pad says no more about the key than a bar of it does. */
const MAX_NOTE_TICKS = 3840;
const MIN_NOTE_TICKS = 120;
const DRUM_CHANNEL = 9;
/** With fewer different pitch classes a dozen keys fit equally well. */
const MIN_PITCH_CLASSES = 3;

/**
 * The key of a project's notes (in any number of lists) by how long each pitch class sounds; `undefined` where there is too
 * little to go by. Drum channels, step sequencer hits and instruments that play one pitch only do not count.
 */
export function inferKey(noteLists: readonly (readonly ProjectNote[])[]): ProjectKey | undefined {
  const weights = pitchClassWeights(noteLists);
  if (weights.filter((weight) => weight > 0).length < MIN_PITCH_CLASSES) return undefined;
  const { tonic, mode, confidence } = keyOfChroma(weights);
  if (confidence <= 0) return undefined;
  return { tonic, mode, origin: 'inferred', confidence: Math.round(confidence * 1000) / 1000 };
}

/** What one instrument plays. */
interface Part {
  readonly weights: number[];
  readonly firstPitch: number;
  playsSeveral: boolean;
}

function partOf(parts: Map<string | number, Part>, key: string | number, firstPitch: number): Part {
  let part = parts.get(key);
  if (part === undefined) {
    part = { weights: new Array<number>(12).fill(0), firstPitch, playsSeveral: false };
    parts.set(key, part);
  }
  return part;
}

function pitchClassWeights(noteLists: readonly (readonly ProjectNote[])[]): number[] {
  const parts = new Map<string | number, Part>();
  let part: Part | undefined;
  let partKey: string | number | undefined;
  for (const notes of noteLists) {
    for (const note of notes) {
      const key = note.channelId ?? note.midiChannel ?? 0;
      if (part === undefined || key !== partKey) {
        part = partOf(parts, key, note.pitch);
        partKey = key;
      }
      if (note.pitch !== part.firstPitch) part.playsSeveral = true;
      if (note.midiChannel === DRUM_CHANNEL || note.muted === true || note.isStep === true) continue;
      const ticks = Math.min(MAX_NOTE_TICKS, Math.max(MIN_NOTE_TICKS, note.durationTicks));
      part.weights[note.pitch % 12]! += ticks;
    }
  }
  const melodic = [...parts.values()].filter(({ playsSeveral }) => playsSeveral);
  return Array.from({ length: 12 }, (_, pitchClass) =>
    melodic.reduce((sum, { weights }) => sum + weights[pitchClass]!, 0),
  );
}
