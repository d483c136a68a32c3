/**
 * Note scores of the line pipeline on native onnxruntime: npx tsx training/crepe_export/evaluate.ts <wav> <truth> ...
 * A truth is a truth.json of the evaluation kit or a CSV of start, Hz, duration (vocadito). 50 ms onsets, 50 cents.
 */

import { readFileSync } from 'node:fs';
import { memoryReader } from '../../src/lib/core/audio';
import { transcribeLine } from '../../src/lib/inference/pipelines/transcribe-line/pipeline';
import { readWavFile } from '../../tests/helpers/evaluation';
import { noteF1, type TruthNote } from '../../tests/helpers/note-scores';
import { nodeEnv } from '../../tests/helpers/node-env';

function readTruth(path: string): TruthNote[] {
  const text = readFileSync(path, 'utf8');
  if (path.endsWith('.json')) {
    const rows = JSON.parse(text).notes as [number, number, number][];
    return rows.map(([start, end, pitch]) => ({ start, end, pitch }));
  }
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [start, hz, duration] = line.split(',').map(Number) as [number, number, number];
      return { start, end: start + duration, pitch: 69 + 12 * Math.log2(hz / 440) };
    });
}

const env = nodeEnv();
const paths = process.argv.slice(2);
for (let i = 0; i + 1 < paths.length; i += 2) {
  const audio = await readWavFile(paths[i]!);
  const truth = readTruth(paths[i + 1]!);
  for (const sensitivity of [0.25, 0.5, 0.75]) {
    const began = performance.now();
    const { notes } = await transcribeLine.run({ audio: memoryReader(audio), sensitivity }, env);
    const seconds = (performance.now() - began) / 1000;
    const length = (audio.channels[0]?.length ?? 1) / audio.sampleRateHz;
    const score = noteF1(truth, notes);
    console.warn(
      `${paths[i + 1]!.split('/').slice(-2).join('/')} sensitivity ${sensitivity}: notes ${notes.length} (${truth.length}), ` +
        `onset_f1 ${score.onset.toFixed(3)}, onset_offset_f1 ${score.onsetOffset.toFixed(3)}, ` +
        `onset only ${score.onsetOnly.toFixed(3)}, real-time factor ${(seconds / length).toFixed(3)}`,
    );
  }
}
