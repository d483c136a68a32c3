/** Better stems once the notes are known: what they explain is theirs, whatever the separation took it for. */

import * as v from 'valibot';
import { fastRealFft } from '$lib/audio/dsp/fast-fft';
import { rememberingReader, sumReader } from '$lib/audio/dsp/mix-reader';
import { Stft, spectrogram, type Spectrogram } from '$lib/audio/dsp/stft';
import {
  PIPELINE_SAMPLE_RATE_HZ,
  toMono,
  type AudioReader,
  type AudioWriter,
  type PlanarAudio,
} from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import { FFT_SIZE, HOP_SAMPLES, WINDOW_FRAMES } from '../separate/constants';
import { planSegments, segmentSamples, type Segment } from '../separate/segments';
import { StemOutput } from '../separate/stem-output';
import type { Pipeline, PipelineEnv, Tensor } from '../types';
import { REFINED_BINS, REFINE_MODEL_ID } from './constants';
import { refineFeatures, SHARE_FLOOR, type RefineScore } from './features';

export const REFINED_STEMS = ['drums', 'bass', 'other'] as const;
export type RefinedStem = (typeof REFINED_STEMS)[number];

export interface RefineInput {
  /** As separated, at 44.1 kHz, in stereo. Their sum stays what it is. */
  readonly stems: Readonly<Record<RefinedStem, AudioReader>>;
  readonly score: RefineScore;
  /** Each gets the whole stem and is closed at the end. */
  readonly writers: Readonly<Record<RefinedStem, AudioWriter>>;
}

const RefineParameters = v.object({
  /**
   * How much the drums get of what they would gain, 0-1. What no note explains is theirs to the network, but in hard songs it is
   * notes that were missed.
   */
  drumsRise: v.number(),
});

const COPY_SAMPLES = 20 * PIPELINE_SAMPLE_RATE_HZ;

const PLANE = WINDOW_FRAMES * REFINED_BINS;

type Stereo = readonly [Spectrogram, Spectrogram];

/** Windows of 12 s one after another, as the separation; throws AbortError between them when the job is cancelled. */
export const refineStems: Pipeline<RefineInput, void> = {
  id: 'refine-stems',
  models: [REFINE_MODEL_ID],

  async run({ stems: rough, score, writers }, env): Promise<void> {
    // Each window needs them in the mix, alone, and once more to write what has changed.
    const stems = {
      drums: rememberingReader(rough.drums),
      bass: rememberingReader(rough.bass),
      other: rememberingReader(rough.other),
    };
    const mix = sumReader(REFINED_STEMS.map((stem) => stems[stem]));
    if (mix.sampleRateHz !== PIPELINE_SAMPLE_RATE_HZ) {
      throw new RangeError(`stems are refined at ${PIPELINE_SAMPLE_RATE_HZ} Hz, not ${mix.sampleRateHz}`);
    }
    if (score.notes.length === 0) return copy(stems, writers, env);
    const { drumsRise } = v.parse(RefineParameters, env.model(REFINE_MODEL_ID)?.parameters);
    // Nothing changes above the refined bins.
    const stft = new Stft({
      fftSize: FFT_SIZE,
      hopSamples: HOP_SAMPLES,
      binCount: REFINED_BINS,
      fft: await fastRealFft(FFT_SIZE),
    });
    // What is written are changes: the drums and the bass gain them, what is left of `other` loses them.
    const output = new StemOutput(stft, stems.other, {
      drums: addingWriter(stems.drums, writers.drums),
      bass: addingWriter(stems.bass, writers.bass),
      other: writers.other,
      vocals: NOWHERE,
    });
    const segments = planSegments(mix.lengthSamples);
    const work = workSpectrograms(segments[0]?.frameCount ?? 0);
    for (const [done, segment] of segments.entries()) {
      env.signal.throwIfAborted();
      env.report({ phase: 'refine', done, total: segments.length });
      const audio = await read(mix, segment);
      if (audio.channels.every((channel) => channel.every((value) => value === 0))) {
        await output.silence(segment);
        continue;
      }
      const [left, right = left] = audio.channels;
      const channels = [work.left, work.right] as const;
      stft.analyseInto(work.left, left!, 0);
      stft.analyseInto(work.right, right!, 0);
      setMean(work.mix, channels);
      stft.analyseInto(work.drums, toMono(await read(stems.drums, segment)), 0);
      stft.analyseInto(work.bass, toMono(await read(stems.bass, segment)), 0);
      const window = { ...work, firstFrame: segment.firstFrame };
      const features = refineFeatures(window, score);
      const { masks } = await env.infer(REFINE_MODEL_ID, { features });
      env.signal.throwIfAborted();
      if (masks === undefined) throw new AppError('model-wrong-contract', `${REFINE_MODEL_ID} gave no masks`);
      const change = (stem: number, rise: number): Stereo => {
        const shares = shareChange(features, masks, stem, rise);
        const changes = work.changes[stem]!;
        changes.forEach((into, channel) => setScaled(into, channels[channel]!, shares));
        return changes;
      };
      const stemChanges = { vocals: null, drums: change(0, drumsRise), bass: change(1, 1) };
      await output.write(segment, await read(stems.other, segment), stemChanges);
    }
    await output.close();
  },
};

async function read(audio: AudioReader, segment: Segment): Promise<PlanarAudio> {
  const { startSamples, lengthSamples } = segmentSamples(segment);
  return audio.read(startSamples, lengthSamples);
}

/** Adds what is written to a recording, from its beginning. */
function addingWriter(to: AudioReader, writer: AudioWriter): AudioWriter {
  let position = 0;
  return {
    async write({ sampleRateHz, channels }) {
      const lengthSamples = channels[0]?.length ?? 0;
      const sum = await to.read(position, lengthSamples);
      position += lengthSamples;
      sum.channels.forEach((channel, c) => {
        for (let i = 0; i < lengthSamples; i++) channel[i]! += channels[c]![i]!;
      });
      await writer.write({ sampleRateHz, channels: sum.channels });
    },
    close: () => writer.close(),
  };
}

/**
 * Nothing is known of the notes: the stems stay as they were. Block by block in turns, since the writers may hold a stem back until
 * the others have come as far.
 */
async function copy(
  stems: RefineInput['stems'],
  writers: RefineInput['writers'],
  env: PipelineEnv,
): Promise<void> {
  const { lengthSamples } = stems.other;
  for (let at = 0; at < lengthSamples; at += COPY_SAMPLES) {
    env.signal.throwIfAborted();
    const count = Math.min(COPY_SAMPLES, lengthSamples - at);
    for (const stem of REFINED_STEMS) await writers[stem].write(await stems[stem].read(at, count));
  }
  for (const stem of REFINED_STEMS) await writers[stem].close();
}

const NOWHERE: AudioWriter = { write: () => Promise.resolve(), close: () => Promise.resolve() };

/** Memory for the spectrograms of a window (refined bins only), used again for each. */
interface WorkSpectrograms {
  readonly left: Spectrogram;
  readonly right: Spectrogram;
  /** The mean of left and right. */
  readonly mix: Spectrogram;
  readonly drums: Spectrogram;
  readonly bass: Spectrogram;
  /** Of the drums and of the bass. */
  readonly changes: readonly [Stereo, Stereo];
}

function workSpectrograms(frameCount: number): WorkSpectrograms {
  const empty = (): Spectrogram => spectrogram(frameCount, REFINED_BINS);
  const stereo = (): Stereo => [empty(), empty()];
  return {
    left: empty(),
    right: empty(),
    mix: empty(),
    drums: empty(),
    bass: empty(),
    changes: [stereo(), stereo()],
  };
}

function setMean(out: Spectrogram, [left, right]: Stereo): void {
  for (let i = 0; i < out.re.length; i++) {
    out.re[i] = (left.re[i]! + right.re[i]!) / 2;
    out.im[i] = (left.im[i]! + right.im[i]!) / 2;
  }
}

/** How the share of a stem (0 drums, 1 bass) in each refined bin changes; what it gains counts `rise` times. */
function shareChange(features: Tensor, masks: Tensor, stem: number, rise: number): Float32Array {
  const before = features.data.subarray((1 + stem) * PLANE, (2 + stem) * PLANE);
  const after = masks.data.subarray(stem * PLANE, (1 + stem) * PLANE);
  const change = new Float32Array(PLANE);
  for (let i = 0; i < PLANE; i++) {
    const rises = after[i]! - (Math.exp(before[i]!) - SHARE_FLOOR);
    change[i] = rises > 0 ? rise * rises : rises;
  }
  return change;
}

/** Each bin times its factor. */
function setScaled(out: Spectrogram, source: Spectrogram, factors: Float32Array): void {
  for (let i = 0; i < out.re.length; i++) {
    out.re[i] = factors[i]! * source.re[i]!;
    out.im[i] = factors[i]! * source.im[i]!;
  }
}
