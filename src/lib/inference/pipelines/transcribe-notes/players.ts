/** Which families play each note: the instruments network hears the notes of a stretch of the song together. */

import { AppError } from '$lib/core/errors';
import type { PipelineEnv } from '../types';
import type { NoteActivations, NoteCandidate, NotePlayers } from './activations';
import { decodeNotes, thresholdsFor, type HeardNote } from './decode';
import { notesParameters, playersParameters } from './parameters';

export const INSTRUMENTS_ID = 'instruments';
export const NOTES_ID = 'notes';

/** Notes that are heard together; of these, as many at each side are only listened to. */
const WINDOW_NOTES = 256;
const CONTEXT_NOTES = 48;
/** Windows are filled up to a multiple of this many: few shapes. */
const STEP_NOTES = 128;
const NOTE_COLUMNS = 6;
const TRAINED_SENSITIVITY = 0.5;
/** Filling lies so far away that no note is near it. */
const FAR_SECONDS = 1e5;

/** A stretch of `notes`, and which of them it decides. */
interface NoteWindow {
  readonly from: number;
  readonly to: number;
  readonly decidesFrom: number;
  readonly decidesTo: number;
}

function windowsOf(count: number): NoteWindow[] {
  if (count <= WINDOW_NOTES) return [{ from: 0, to: count, decidesFrom: 0, decidesTo: count }];
  const core = WINDOW_NOTES - 2 * CONTEXT_NOTES;
  return Array.from({ length: Math.ceil(count / core) }, (_, k) => {
    const decidesFrom = k * core;
    const decidesTo = Math.min(count, decidesFrom + core);
    // The first and the last window look as far as any other.
    const from = Math.max(0, Math.min(decidesFrom - CONTEXT_NOTES, count - WINDOW_NOTES));
    return { from, to: Math.min(count, from + WINDOW_NOTES), decidesFrom, decidesTo };
  });
}

/** Who plays each of the notes, which are ordered by start and have a timbre. */
async function playersOf(notes: readonly HeardNote[], env: PipelineEnv): Promise<NotePlayers[]> {
  const players: NotePlayers[] = [];
  for (const window of windowsOf(notes.length)) {
    env.signal.throwIfAborted();
    const heard = await hearWindow(notes.slice(window.from, window.to), env);
    players.push(...heard.slice(window.decidesFrom - window.from, window.decidesTo - window.from));
  }
  return players;
}

async function hearWindow(notes: readonly HeardNote[], env: PipelineEnv): Promise<NotePlayers[]> {
  const rows = Math.ceil(notes.length / STEP_NOTES) * STEP_NOTES;
  const first = notes[0]!;
  const classCount = first.classScores.length;
  const timbreCount = first.candidate.timbre!.length;
  const place = new Float32Array(rows * NOTE_COLUMNS);
  const scores = new Float32Array(rows * classCount);
  const timbre = new Float32Array(rows * timbreCount);
  for (let k = 0; k < rows; k++) {
    const note = notes[k];
    if (note === undefined) {
      place.set([FAR_SECONDS, FAR_SECONDS, 0, 0, 0, 0], k * NOTE_COLUMNS);
      continue;
    }
    // Seconds of the window: a float has too few digits for tenths of milliseconds after hours.
    const start = note.startSeconds - first.startSeconds;
    const end = note.endSeconds - first.startSeconds;
    place.set([start, end, note.pitch, note.velocity, note.confidence, 1], k * NOTE_COLUMNS);
    scores.set(note.classScores, k * classCount);
    timbre.set(note.candidate.timbre!, k * timbreCount);
  }
  const { families, velocities } = await env.infer(INSTRUMENTS_ID, {
    notes: { data: place, dims: [rows, NOTE_COLUMNS] },
    scores: { data: scores, dims: [rows, classCount] },
    timbre: { data: timbre, dims: [rows, timbreCount] },
  });
  if (families === undefined || velocities === undefined) {
    throw new AppError('model-wrong-contract', 'instruments: an output is missing');
  }
  const width = families.dims[1]!;
  const row = (tensor: Float32Array<ArrayBuffer>, k: number): Float32Array<ArrayBuffer> =>
    tensor.slice(k * width, (k + 1) * width);
  return notes.map((_, k) => ({ families: row(families.data, k), velocities: row(velocities.data, k) }));
}

/**
 * The activations with the players of each note at the trained sensitivity; what only a higher one takes has none. Without the
 * instruments model, or timbre from the notes network, nobody has any.
 */
export async function withPlayers(activations: NoteActivations, env: PipelineEnv): Promise<NoteActivations> {
  const model = env.model(INSTRUMENTS_ID);
  const bare = activations.candidates.map(({ timbre: _, ...candidate }) => candidate);
  if (model === undefined || activations.candidates[0]?.timbre === undefined) {
    return { ...activations, candidates: bare };
  }
  const { onsetThreshold, frameThreshold } = notesParameters(env.model(NOTES_ID));
  const thresholds = thresholdsFor(TRAINED_SENSITIVITY, { onset: onsetThreshold, frame: frameThreshold });
  const notes = decodeNotes(activations, thresholds);
  const players = await playersOf(notes, env);
  const known = new Map<NoteCandidate, NotePlayers>(
    notes.map(({ candidate }, k) => [candidate, players[k]!]),
  );
  const candidates = bare.map((candidate, k): NoteCandidate => {
    const own = known.get(activations.candidates[k]!);
    return { ...candidate, ...(own && { players: own }) };
  });
  return { ...activations, candidates, players: playersParameters(model) };
}
