/**
 * Writes what the app hears of every song of a folder (`<song>/{mix.wav,truth.json}`) for training/instruments/data.py:
 * `<song>/notes.f32`, a row for each note: start, end, pitch, velocity, onset, class scores, timbre. `--consume` removes
 * the recording then.
 *
 *     npx tsx --tsconfig tsconfig.worker.json training/instruments/dump-notes.ts [--consume] FOLDER...
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { memoryReader } from '$lib/core/audio';
import { decodeNotes, thresholdsFor } from '$lib/inference/pipelines/transcribe-notes/decode';
import { notesParameters } from '$lib/inference/pipelines/transcribe-notes/parameters';
import { hearNotes, NOTES_ID } from '$lib/inference/pipelines/transcribe-notes/pipeline';
import { readWavFile } from '../../tests/helpers/evaluation';
import { nodeEnv } from '../../tests/helpers/node-env';

const TRAINED_SENSITIVITY = 0.5;
const args = process.argv.slice(2);
const isConsumed = args.includes('--consume');
const env = nodeEnv();
const parameters = notesParameters(env.model(NOTES_ID));
const thresholds = thresholdsFor(TRAINED_SENSITIVITY, {
  onset: parameters.onsetThreshold,
  frame: parameters.frameThreshold,
});

async function rowsOf(recording: string): Promise<Float32Array<ArrayBuffer>> {
  const activations = await hearNotes({ audio: memoryReader(await readWavFile(recording)) }, env);
  return Float32Array.from(
    decodeNotes(activations, thresholds).flatMap((note) => [
      note.startSeconds,
      note.endSeconds,
      note.pitch,
      note.velocity,
      note.confidence,
      ...note.classScores,
      ...note.candidate.timbre!,
    ]),
  );
}

for (const folder of args.filter((arg) => !arg.startsWith('--'))) {
  for (const song of readdirSync(folder).sort()) {
    const recording = path.join(folder, song, 'mix.wav');
    const rows = path.join(folder, song, 'notes.f32');
    if (existsSync(rows) || !existsSync(recording) || !existsSync(path.join(folder, song, 'truth.json')))
      continue;
    writeFileSync(rows, new Uint8Array((await rowsOf(recording)).buffer));
    if (isConsumed) rmSync(recording);
    console.log(song);
  }
}
