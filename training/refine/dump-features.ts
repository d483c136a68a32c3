/**
 * Training material of the refiner, made with the app's own separation, notes and features on native ONNX Runtime:
 *     npx tsx --tsconfig tsconfig.worker.json training/refine/dump-features.ts OUT FOLDER [FOLDER ...] [--gaps]
 * FOLDER/<song>/{mix.wav,stems/{drums,bass,other}.wav}. OUT/<song>_<n>.bin for each window, little-endian: int32 [frames, bins, features];
 * float32 features [features, frames, bins]; then, for the mono sums of the mix, the separated stems and the true ones (drums, bass, other),
 * float32 [2 (real, imaginary), frames, bins]; float32 error and energy of each stem beyond the refined bins. With --gaps every window
 * is there twice, the second time with a part of the notes unknown, as transcriptions of hard songs are.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { memoryReader, toMono, type AudioReader } from '$lib/core/audio';
import { Stft, type Spectrogram } from '$lib/audio/dsp/stft';
import { refineFeatures } from '$lib/inference/pipelines/refine-stems/features';
import { REFINED_BINS } from '$lib/inference/pipelines/refine-stems/constants';
import { scoreNotes } from '$lib/inference/pipelines/refine-stems/score-notes';
import { FFT_SIZE, HOP_SAMPLES, WINDOW_FRAMES } from '$lib/inference/pipelines/separate/constants';
import type { ScoreNote } from '$lib/inference/pipelines/refine-stems/note-component';
import type { Tensor } from '$lib/inference/pipelines/types';
import { separatePipeline } from '$lib/inference/pipelines/separate/pipeline';
import { transcribeDrums } from '$lib/inference/pipelines/transcribe-drums/pipeline';
import { planSegments, segmentSamples, type Segment } from '$lib/inference/pipelines/separate/segments';
import { groupNotes } from '$lib/inference/pipelines/transcribe-notes/groups';
import { notesParameters } from '$lib/inference/pipelines/transcribe-notes/parameters';
import { NOTES_ID, transcribeNotes } from '$lib/inference/pipelines/transcribe-notes/pipeline';
import { nodeEnv } from '../../tests/helpers/node-env';
import { readWavFile } from '../../tests/helpers/evaluation';
import { collectingWriter } from '../../tests/helpers/collecting-writer';

const STEMS = ['drums', 'bass', 'other'] as const;
const stft = new Stft({ fftSize: FFT_SIZE, hopSamples: HOP_SAMPLES });
const env = nodeEnv([]);

async function monoSpectrum(audio: AudioReader, segment: Segment): Promise<Spectrogram> {
  const { startSamples, lengthSamples } = segmentSamples(segment);
  return stft.analyse(toMono(await audio.read(startSamples, lengthSamples)), 0, segment.frameCount);
}

function refined(part: Float32Array, frameCount: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(WINDOW_FRAMES * REFINED_BINS);
  for (let t = 0; t < frameCount; t++) {
    const row = t * stft.binCount;
    out.set(part.subarray(row, row + REFINED_BINS), t * REFINED_BINS);
  }
  return out;
}

/** Energies of what the estimate misses and of the truth, in the bins that are not refined and over all. */
function energies(estimate: Spectrogram, truth: Spectrogram): [number, number] {
  let missed = 0;
  let all = 0;
  for (let i = 0; i < truth.re.length; i++) {
    all += truth.re[i]! ** 2 + truth.im[i]! ** 2;
    if (i % truth.binCount >= REFINED_BINS) {
      missed += (truth.re[i]! - estimate.re[i]!) ** 2 + (truth.im[i]! - estimate.im[i]!) ** 2;
    }
  }
  return [missed, all];
}

async function dump(folder: string, out: string): Promise<void> {
  const mix = memoryReader(await readWavFile(path.join(folder, 'mix.wav')));
  const writers = { drums: collectingWriter(), bass: collectingWriter(), vocals: collectingWriter(), other: collectingWriter() };
  await separatePipeline.run({ source: mix, writers }, env);
  const stored = await transcribeNotes.run({ audio: mix }, env);
  const notes = scoreNotes(groupNotes(stored, notesParameters(env.model(NOTES_ID))));
  const drums = await transcribeDrums.run({ mix, drums: writers.drums.reader() }, env);
  const strokes = drums.notes;
  const isKept = gaps(seeded(path.basename(folder)));
  const silent = memoryReader({ sampleRateHz: mix.sampleRateHz, channels: [new Float32Array(mix.lengthSamples)] });
  for (const [index, segment] of planSegments(mix.lengthSamples).entries()) {
    const estimates: Spectrogram[] = [];
    const truths: Spectrogram[] = [];
    for (const stem of STEMS) {
      estimates.push(await monoSpectrum(writers[stem].reader(), segment));
      const file = path.join(folder, 'stems', `${stem}.wav`);
      truths.push(await monoSpectrum(existsSync(file) ? memoryReader(await readWavFile(file)) : silent, segment));
    }
    const [drumPart, bass, other] = estimates as [Spectrogram, Spectrogram, Spectrogram];
    const sum = { ...drumPart, re: drumPart.re.slice(), im: drumPart.im.slice() };
    for (const each of [bass, other]) {
      for (let i = 0; i < sum.re.length; i++) {
        sum.re[i]! += each.re[i]!;
        sum.im[i]! += each.im[i]!;
      }
    }
    const window = { mix: sum, drums: drumPart, bass, firstFrame: segment.firstFrame };
    const parts: Float32Array[] = [];
    for (const each of [sum, ...estimates, ...truths]) {
      parts.push(refined(each.re, segment.frameCount), refined(each.im, segment.frameCount));
    }
    parts.push(Float32Array.from(truths.flatMap((truth, k) => energies(estimates[k]!, truth))));
    const name = path.join(out, nameOf(folder));
    save(`${name}_${index}.bin`, refineFeatures(window, { notes, strokes }), parts);
    if (withGaps) save(`${name}-gaps_${index}.bin`, refineFeatures(window, { notes: notes.filter(isKept), strokes }), parts);
  }
}

/** Of a song in the output: songs of two folders may be called the same. */
function nameOf(folder: string): string {
  return `${path.basename(path.dirname(folder))}-${path.basename(folder)}`;
}

function save(file: string, features: Tensor, parts: readonly Float32Array[]): void {
  const head = Int32Array.of(WINDOW_FRAMES, REFINED_BINS, features.dims[1]!);
  const all = [head, features.data, ...parts];
  writeFileSync(file, Buffer.concat(all.map((p) => Buffer.from(p.buffer, p.byteOffset, p.byteLength))));
}

/** For a song, which notes the transcription "missed": some of every instrument, some instruments wholly, some pitches. */
function gaps(random: () => number): (note: ScoreNote) => boolean {
  const missed = new Map<number, number>();
  return ({ instrument, isBass }) => {
    const share = missed.get(instrument) ?? (random() < (isBass ? 0.1 : 0.3) ? 1 : 0.6 * random());
    missed.set(instrument, share);
    return random() >= share;
  };
}

function seeded(text: string): () => number {
  let state = [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 2147483647, 7);
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

const args = process.argv.slice(2);
const withGaps = args.includes('--gaps');
const [out, ...folders] = args.filter((arg) => !arg.startsWith('--'));
mkdirSync(out!, { recursive: true });
for (const folder of folders) {
  for (const name of readdirSync(folder).sort()) {
    if (!existsSync(path.join(folder, name, 'stems')) || existsSync(path.join(out!, `${nameOf(path.join(folder, name))}_0.bin`))) continue;
    await dump(path.join(folder, name), out!);
    console.warn(name);
  }
}
