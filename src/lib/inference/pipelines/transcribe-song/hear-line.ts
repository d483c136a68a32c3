import type { AudioReader } from '$lib/core/audio';
import { defaultProgram } from '$lib/core/instruments';
import type { NoteEvent } from '$lib/core/notes';
import { decodeLine, type LineTrack } from '../transcribe-line/notes';
import { CREPE_ID, transcribeLine } from '../transcribe-line/pipeline';
import type { PipelineEnv } from '../types';
import { makeTrack } from './tracks';
import type { HeardTrack } from './types';

/** A stem with fewer notes than this holds no part of its own. */
const FEWEST_NOTES = 3;

export interface HeardLine {
  readonly heard: HeardTrack | undefined;
  readonly stored: LineTrack;
}

export function lineName(stem: 'bass' | 'vocals'): string {
  return `line-${stem}`;
}

/** The one line of a bass or vocals stem. Bends are always found; the export decides whether to write them. */
export async function hearLine(
  stem: 'bass' | 'vocals',
  audio: AudioReader,
  env: PipelineEnv,
): Promise<HeardLine> {
  const { notes, track: stored } = await transcribeLine.run({ audio, pitchBends: true }, env);
  if (notes.length < FEWEST_NOTES) return { heard: undefined, stored };
  const family = stem === 'bass' ? 'bass' : 'voice';
  const track = makeTrack({
    id: stem,
    stem,
    family,
    program: defaultProgram(family),
    notes,
    modelIds: [CREPE_ID],
  });
  return { heard: { track, origin: { method: 'line', activations: lineName(stem), stems: [stem] } }, stored };
}

export function redecodeLine(stored: unknown, sensitivity: number): NoteEvent[] {
  return decodeLine(stored as LineTrack, { sensitivity, pitchBends: true });
}
