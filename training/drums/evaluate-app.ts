/**
 * The app's own drum pipeline over evaluation cases, without a browser:
 *   npx tsx --tsconfig tsconfig.worker.json training/drums/evaluate-app.ts OUT.json mix=CASES/{case}/mix.wav both=CASES/{case}/mix.wav,SEPARATED/{case}/drums.wav
 * writes { "<label>/<case>": [[seconds, note, velocity], ...] }; `python training/drums/score_hits.py OUT.json CASES CASES_REAL` scores it.
 * Several files after one label are the sources that the pipeline averages. separate-cases.ts makes the separated stems.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
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
    const sources = files.map(readWav);
    const { notes } = await transcribeDrums.run({ sources }, env);
    hits[`${label}/${name}`] = notes.map((note) => [note.startSeconds, note.pitch, note.velocity]);
    audioSeconds += sources.reduce((sum, source) => sum + source.lengthSamples / source.sampleRateHz, 0);
  }
}
writeFileSync(out, JSON.stringify(hits));
const seconds = (performance.now() - began) / 1000;
console.warn(`drums ${env.model('drums')!.version}: ${audioSeconds.toFixed(0)} s of audio, real-time factor ${(seconds / audioSeconds).toFixed(4)}`);
