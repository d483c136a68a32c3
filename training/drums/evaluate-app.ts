/**
 * The app's own drum pipeline over evaluation cases, without a browser:
 *   npx tsx --tsconfig tsconfig.worker.json training/drums/evaluate-app.ts OUT.json app=CASES/{case}/mix.wav,SEPARATED/{case}/drums.wav
 * writes { "<label>/<case>": [[seconds, note, velocity], ...] }; `python -m drums.score_hits OUT.json CASES CASES_REAL` scores it.
 * The files after a label are the mix and the drums separated from it. separate-cases.ts makes the separated stems.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import type { AudioReader } from '$lib/core/audio';
import { transcribeDrums } from '$lib/inference/pipelines/transcribe-drums/pipeline';
import { nodeEnv, readWav } from './node-env';

const [out, ...jobs] = process.argv.slice(2);
if (out === undefined) throw new Error('usage: evaluate-app.ts OUT.json label=FILE,FILE ...');
const env = nodeEnv();
const hits: Record<string, number[][]> = {};
let audioSeconds = 0;
const began = performance.now();
for (const job of jobs) {
  const [label, list] = job.split('=') as [string, string];
  const patterns = list.split(',');
  for (const name of readdirSync(patterns[0]!.split('{case}')[0]!)) {
    const files = patterns.map((pattern) => pattern.replace('{case}', name));
    if (!files.every((file) => existsSync(file))) continue;
    const [mix, drums] = files.map(readWav) as [AudioReader, AudioReader];
    const { notes } = await transcribeDrums.run({ mix, drums }, env);
    hits[`${label}/${name}`] = notes.map((note) => [note.startSeconds, note.pitch, note.velocity]);
    audioSeconds += mix.lengthSamples / mix.sampleRateHz;
  }
}
writeFileSync(out, JSON.stringify(hits));
const seconds = (performance.now() - began) / 1000;
console.warn(`drums ${env.model('drums')!.version}: ${audioSeconds.toFixed(0)} s of audio, real-time factor ${(seconds / audioSeconds).toFixed(4)}`);
