/** Stems on their way to where they are kept, corrected block by block by what repeats in them. */

import { fastRealFft } from '$lib/audio/dsp/fast-fft';
import { PIPELINE_SAMPLE_RATE_HZ, type AudioWriter, type PlanarAudio } from '$lib/core/audio';
import { REFINED_STEMS, type RefinedStem } from '../refine-stems/pipeline';
import type { RefineScore } from '../refine-stems/features';
import { letMessagesIn } from '../pause';
import type { PipelineEnv } from '../types';
import { DECIMATION, SHARE_FFT_SIZE } from './constants';
import { LowBand } from './low-band';
import { applyRepeats } from './repeated-sounds';
import { repeatsOf } from './repeats';

/** A block holds many repeats, and three stems of it fit into memory (48 MB). */
const LONGEST_BLOCK_SECONDS = 45;

type Stereo = readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
type Block = Record<RefinedStem, Stereo>;

export interface RepeatsOutputOptions {
  readonly score: RefineScore;
  /** Of each stem; the blocks are equal parts of it. */
  readonly lengthSamples: number;
  readonly writers: Readonly<Record<RefinedStem, AudioWriter>>;
}

/**
 * Writers in front of `writers` that take stereo stems at 44.1 kHz. A block goes on once all stems of it have come, and the
 * writers behind are closed with the last of these; writing rejects with AbortError when the job is cancelled.
 */
export function repeatsOutput(
  { score, lengthSamples, writers }: RepeatsOutputOptions,
  env: PipelineEnv,
): Record<RefinedStem, AudioWriter> {
  const blockCount = Math.max(
    1,
    Math.ceil(lengthSamples / (LONGEST_BLOCK_SECONDS * PIPELINE_SAMPLE_RATE_HZ)),
  );
  const blockSamples = Math.ceil(lengthSamples / blockCount);
  const queues = { drums: new Queue(), bass: new Queue(), other: new Queue() };
  let written = 0;
  const open = new Set<RefinedStem>(REFINED_STEMS);

  const flush = async (): Promise<void> => {
    for (;;) {
      const wanted = Math.min(blockSamples, lengthSamples - written);
      if (wanted <= 0 || REFINED_STEMS.some((stem) => queues[stem].length < wanted)) return;
      const block: Block = {
        drums: queues.drums.take(wanted),
        bass: queues.bass.take(wanted),
        other: queues.other.take(wanted),
      };
      await correct(block, score, written / PIPELINE_SAMPLE_RATE_HZ, env);
      for (const stem of REFINED_STEMS) {
        await writers[stem].write({ sampleRateHz: PIPELINE_SAMPLE_RATE_HZ, channels: [...block[stem]] });
      }
      written += wanted;
    }
  };
  const writerOf = (stem: RefinedStem): AudioWriter => ({
    async write(audio) {
      queues[stem].add(audio);
      await flush();
    },
    // What the others still bring is written to all three.
    async close() {
      open.delete(stem);
      if (open.size > 0) return;
      for (const each of REFINED_STEMS) await writers[each].close();
    },
  });
  return { drums: writerOf('drums'), bass: writerOf('bass'), other: writerOf('other') };
}

/** Changes a block in place: the middle between the sides, where what is low lies. */
async function correct(
  block: Block,
  score: RefineScore,
  fromSeconds: number,
  env: PipelineEnv,
): Promise<void> {
  const lowLength = Math.ceil(block.other[0].length / DECIMATION);
  const repeats = repeatsOf(score, fromSeconds, lowLength);
  if (repeats.length === 0) return;
  const band = await LowBand.create();
  const low = (stem: RefinedStem): Float32Array<ArrayBuffer> => band.down(middle(block[stem]));
  const stems = { drums: low('drums'), bass: low('bass'), other: low('other') };
  const before = { drums: stems.drums.slice(), bass: stems.bass.slice() };
  await applyRepeats(stems, repeats, await fastRealFft(SHARE_FFT_SIZE), async () => {
    await letMessagesIn();
    env.signal.throwIfAborted();
  });
  for (const stem of ['drums', 'bass'] as const) {
    const change = new Float32Array(block.other[0].length);
    const lowChange = stems[stem].map((v, n) => v - before[stem][n]!);
    band.addUp(lowChange, change);
    for (const channel of [0, 1] as const) move(change, block.other[channel], block[stem][channel]);
  }
}

/** `other` loses what the two gain, so that their sum stays. */
function move(change: Float32Array, from: Float32Array, to: Float32Array): void {
  for (let n = 0; n < change.length; n++) {
    from[n]! -= change[n]!;
    to[n]! += change[n]!;
  }
}

function middle([left, right]: Stereo): Float32Array {
  const mid = new Float32Array(left.length);
  for (let n = 0; n < mid.length; n++) mid[n] = (left[n]! + right[n]!) / 2;
  return mid;
}

/** Stereo samples that wait for the other stems. */
class Queue {
  length = 0;
  private blocks: Float32Array<ArrayBuffer>[][] = [];

  add({ channels }: PlanarAudio): void {
    const [left] = channels;
    if (left === undefined) return;
    this.blocks.push([left, channels[1] ?? left]);
    this.length += left.length;
  }

  take(count: number): Stereo {
    const out: Stereo = [new Float32Array(count), new Float32Array(count)];
    for (let at = 0; at < count;) {
      const [block] = this.blocks;
      const part = Math.min(count - at, block![0]!.length);
      out.forEach((channel, c) => channel.set(block![c]!.subarray(0, part), at));
      if (part === block![0]!.length) this.blocks.shift();
      else this.blocks[0] = block!.map((channel) => channel.subarray(part));
      at += part;
    }
    this.length -= count;
    return out;
  }
}
