/**
 * Beat scores of the app's own pipeline on native onnxruntime: npx tsx training/beats/evaluate.ts <case folders>
 * Measures as the evaluation kit: F at 70 ms after the first 5 s, tempo within 4 % (acc2: octaves allowed).
 */

import { memoryReader } from '../../src/lib/core/audio';
import { trackBeats } from '../../src/lib/inference/pipelines/track-beats/pipeline';
import { eventF1, evaluationCases, mean, readWavFile } from '../../tests/helpers/evaluation';
import { nodeEnv } from '../../tests/helpers/node-env';

const without = (process.env['WITHOUT'] ?? '').split(',');
const env = nodeEnv(without);
const late = (times: readonly number[]): number[] => times.filter((time) => time >= 5);

for (const folder of process.argv.slice(2)) {
  const rows: { beat: number; down: number; acc1: number; acc2: number; rtf: number }[] = [];
  for (const example of evaluationCases([folder])) {
    if (example.beats.length < 3 || example.bpm === undefined) continue;
    const audio = await readWavFile(`${example.folder}/mix.wav`);
    const began = performance.now();
    const found = await trackBeats.run({ audio: memoryReader(audio) }, env);
    const seconds = (performance.now() - began) / 1000;
    const ratio = found.bpm / example.bpm;
    const near = (factor: number): boolean => Math.abs(ratio / factor - 1) <= 0.04;
    const row = {
      beat: eventF1(late(example.beats), late(found.beatsSeconds), 0.07),
      down: eventF1(late(example.downbeats), late(found.downbeatsSeconds), 0.07),
      acc1: near(1) ? 1 : 0,
      acc2: [1, 2, 0.5, 3, 1 / 3].some(near) ? 1 : 0,
      rtf: seconds / ((audio.channels[0]?.length ?? 1) / audio.sampleRateHz),
    };
    rows.push(row);
    console.warn(
      `| ${example.name} | ${row.beat.toFixed(2)} | ${row.down.toFixed(2)} | ${found.bpm.toFixed(1)} (${example.bpm.toFixed(1)}) | ` +
        `${found.timeSignature.numerator}/4 | ${found.constant ? 'yes' : 'no'} | ${found.confidence.toFixed(2)} |`,
    );
  }
  const average = (key: 'beat' | 'down' | 'acc1' | 'acc2' | 'rtf'): string => mean(rows.map((row) => row[key])).toFixed(3);
  console.warn(
    `${folder}: ${rows.length} cases, beat_f1 ${average('beat')}, downbeat_f1 ${average('down')}, ` +
      `bpm_acc1 ${average('acc1')}, bpm_acc2 ${average('acc2')}, real-time factor ${average('rtf')}`,
  );
}
