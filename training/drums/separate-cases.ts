/**
 * The drum stems that the app's own separation makes of evaluation cases:
 *   npx tsx --tsconfig tsconfig.worker.json training/drums/separate-cases.ts SEPARATED CASES CASES_REAL
 * writes SEPARATED/<case>/drums.wav.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { AudioWriter, PlanarAudio } from '$lib/core/audio';
import { separatePipeline } from '$lib/inference/pipelines/separate/pipeline';
import { nodeEnv, readWav, writeWav } from './node-env';

const [out, ...folders] = process.argv.slice(2);
if (out === undefined) throw new Error('usage: separate-cases.ts SEPARATED CASES ...');
const env = nodeEnv();
const nowhere: AudioWriter = { write: () => Promise.resolve(), close: () => Promise.resolve() };

for (const folder of folders)
  for (const name of readdirSync(folder)) {
    const mix = path.join(folder, name, 'mix.wav');
    if (!existsSync(mix) || name.startsWith('vocadito') || name.startsWith('piano')) continue;
    const blocks: PlanarAudio[] = [];
    const drums: AudioWriter = { ...nowhere, write: (block) => Promise.resolve(void blocks.push(block)) };
    const source = readWav(mix);
    await separatePipeline.run({ source, writers: { drums, bass: nowhere, vocals: nowhere, other: nowhere } }, env);
    const channels = [0, 1].map((c) => {
      const whole = new Float32Array(source.lengthSamples);
      let at = 0;
      for (const block of blocks) {
        whole.set(block.channels[c]!, at);
        at += block.channels[c]!.length;
      }
      return whole;
    });
    mkdirSync(path.join(out, name), { recursive: true });
    writeWav(path.join(out, name, 'drums.wav'), { sampleRateHz: source.sampleRateHz, channels });
    console.warn(name);
  }
