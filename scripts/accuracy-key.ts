/**
 * How often each way of hearing a key is right, on rendered songs whose key is annotated: docs/accuracy-key.md.
 *
 *   npx tsx scripts/accuracy-key.ts [<testdata>/midi/pop909 [how many songs]]
 *
 * Wants fluidsynth and FluidR3_GM; renders once into .local/key.
 */
import { openAsBlob } from 'node:fs';
import { keyOfAudio } from '$lib/audio/analysis/key';
import type { KeyExtractor } from '$lib/audio/analysis/essentia';
import { toMono } from '$lib/core/audio';
import { PITCH_CLASSES } from '$lib/core/pitch-classes';
import type { KeyEstimate } from '$lib/core/transcription';
import { pcmReader } from '$lib/formats/wav/pcm';
import { readWav } from '$lib/formats/wav/wav-reader';
import { renderCases, type KeyCase } from './key/cases';
import { loadKeyExtractorInNode } from './node/essentia';

const PROFILES = ['shaath', 'bgate', 'krumhansl', 'edma', 'temperley2005', 'temperley', 'noland'];
const { signal } = new AbortController();

type Answer = Pick<KeyEstimate, 'tonic' | 'mode'> | undefined;

/** The answer of every method to one recording. */
async function answersTo({ wavPath }: KeyCase, extract: KeyExtractor): Promise<ReadonlyMap<string, Answer>> {
  const file = await openAsBlob(wavPath);
  const audio = pcmReader(file, (await readWav(file)).layout);
  const mono = toMono(await audio.read(0, audio.lengthSamples));
  const answers = new Map<string, Answer>([
    ['shipped: essentia, trusted by our chroma', await keyOfAudio(audio, signal, loadKeyExtractorInNode)],
    ['our chroma, Krumhansl-Kessler', await keyOfAudio(audio, signal)],
  ]);
  for (const profile of PROFILES) {
    answers.set(`essentia, ${profile}`, extract(mono, audio.sampleRateHz, profile));
  }
  return answers;
}

/** The weighted score of MIREX: part of the point for the fifth, the relative and the parallel key. */
function mirexScore(answer: Answer, truth: KeyCase): number {
  if (answer === undefined) return 0;
  const tonic = PITCH_CLASSES.findIndex((name) => name === answer.tonic);
  const distance = (tonic - truth.tonic + 12) % 12;
  if (answer.mode === truth.mode) return distance === 0 ? 1 : distance === 7 || distance === 5 ? 0.5 : 0;
  if (distance === (truth.mode === 'major' ? 9 : 3)) return 0.3;
  return distance === 0 ? 0.2 : 0;
}

const [, , root = '../shared/testdata/midi/pop909', most = 'Infinity'] = process.argv;
const all = renderCases(root, '.local/key');
const songs = [...new Set(all.map(({ song }) => song))].sort((a, b) => a - b).slice(0, Number(most));
const cases = all.filter(({ song }) => songs.includes(song));
/** Every second song chose the profile; the others tell how good the choice is. */
const chose = new Set(songs.filter((_song, index) => index % 2 === 0));
const extract = await loadKeyExtractorInNode();
const scores = new Map<string, { truth: KeyCase; score: number }[]>();
for (const truth of cases) {
  for (const [method, answer] of await answersTo(truth, extract)) {
    scores.set(method, [...(scores.get(method) ?? []), { truth, score: mirexScore(answer, truth) }]);
  }
}

const groups: readonly (readonly [string, (truth: KeyCase) => boolean])[] = [
  ['songs that chose', ({ song }) => chose.has(song)],
  ['other songs', ({ song }) => !chose.has(song)],
  ['piano', ({ name }) => name.endsWith('piano')],
  ['band', ({ name }) => name.endsWith('band')],
  ['major', ({ mode }) => mode === 'major'],
  ['minor', ({ mode }) => mode === 'minor'],
];
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const head = ['right (MIREX score)', ...groups.map(([title]) => title)];
console.log(
  `${cases.length} excerpts of ${songs.length} songs\n\n${line(head)}\n${line(head.map(() => '---'))}`,
);
for (const [method, answers] of scores) {
  const cells = groups.map(([, belongs]) => {
    const chosen = answers.filter(({ truth }) => belongs(truth)).map(({ score }) => score);
    const right = chosen.filter((score) => score === 1).length / chosen.length;
    const mean = chosen.reduce((sum, score) => sum + score, 0) / chosen.length;
    return `${right.toFixed(3)} (${mean.toFixed(3)})`;
  });
  console.log(line([method, ...cells]));
}
