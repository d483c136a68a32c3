import {
  PIPELINE_SAMPLE_RATE_HZ,
  type AudioReader,
  type AudioWriter,
  type PlanarAudio,
} from '$lib/core/audio';
import type { StemKind } from '$lib/core/transcription';
import { fastRealFft } from '$lib/audio/dsp/fast-fft';
import { Stft, spectrogram, type Spectrogram } from '$lib/audio/dsp/stft';
import { letMessagesIn } from '../pause';
import type { Pipeline, PipelineEnv, Tensor } from '../types';
import { BIN_COUNT, FFT_SIZE, HOP_SAMPLES, SPLIT_MODEL_ID, VOCAL_MODEL_ID } from './constants';
import { dspMasks, percussiveShare, type SplitMasks } from './dsp-masks';
import { planSegments, segmentSamples, type Segment } from './segments';
import { blendMasks, splitNetRows } from './split-net';
import { StemOutput, subtract } from './stem-output';
import { channelMask, inferVocalMask, vocalModelInput } from './vocal-mask';
import { hasVoice, probeSegments, voiceEvidence } from './voice-check';

export interface SeparateInput {
  /** At 44.1 kHz; mono counts as two equal channels, channels beyond the second are not heard. */
  readonly source: AudioReader;
  /** Each gets the whole stem, two channels, block after block in order, and is closed at the end. */
  readonly writers: Readonly<Record<StemKind, AudioWriter>>;
}

export interface SeparateOutput {
  /** False where nobody sings: the vocals stem is then silent. */
  readonly voice: boolean;
  /** What separated, in order of use. */
  readonly modelIds: readonly string[];
}

/** Below this peak (-100 dB) a window is silent, and all of it is `other`. */
const SILENCE_PEAK = 1e-5;

type Stereo<T> = readonly [T, T];

/**
 * Drums, bass, vocals and other that sum to the source. Memory does not grow with the recording: windows of 12 s are
 * read, masked and written one after another. Throws AbortError between windows when the job is cancelled.
 */
export const separatePipeline: Pipeline<SeparateInput, SeparateOutput> = {
  id: 'separate',
  models: [VOCAL_MODEL_ID, SPLIT_MODEL_ID],

  async run({ source, writers }, env) {
    if (source.sampleRateHz !== PIPELINE_SAMPLE_RATE_HZ) {
      throw new RangeError(`separation works at ${PIPELINE_SAMPLE_RATE_HZ} Hz, not ${source.sampleRateHz}`);
    }
    const fft = await fastRealFft(FFT_SIZE);
    const stft = new Stft({ fftSize: FFT_SIZE, hopSamples: HOP_SAMPLES, fft });
    const segments = planSegments(source.lengthSamples);
    // Windows are of one length, so their spectrograms are laid over each other.
    const work = workSpectrograms(segments[0]?.frameCount ?? 0);
    const job = new SeparationJob({ source, writers, stft, work }, env);
    await job.probe(segments);
    for (const [index, segment] of segments.entries()) await job.separate(segment, index);
    await job.finish();
    return { voice: job.voiceFound, modelIds: [...job.used] };
  },
};

/** Memory for the spectrograms of a window, used again for each. */
type WorkSpectrograms = Readonly<Record<'channels' | 'vocals' | 'drums' | 'bass', Stereo<Spectrogram>>>;

function workSpectrograms(frameCount: number): WorkSpectrograms {
  const stereo = (): Stereo<Spectrogram> => [
    spectrogram(frameCount, BIN_COUNT),
    spectrogram(frameCount, BIN_COUNT),
  ];
  return { channels: stereo(), vocals: stereo(), drums: stereo(), bass: stereo() };
}

interface SeparationTools extends SeparateInput {
  readonly stft: Stft;
  readonly work: WorkSpectrograms;
}

/** Work on one recording: what is carried from window to window. */
class SeparationJob {
  voiceFound = false;
  readonly used = new Set<string>();
  private readonly output: StemOutput;
  private readonly answers = new Map<number, Tensor | null>();
  private askForVoice = false;
  private done = 0;
  private total = 0;

  private readonly source: AudioReader;
  private readonly stft: Stft;
  private readonly work: WorkSpectrograms;

  constructor(
    { source, writers, stft, work }: SeparationTools,
    private readonly env: PipelineEnv,
  ) {
    this.source = source;
    this.stft = stft;
    this.work = work;
    this.output = new StemOutput(stft, source, writers);
  }

  /** Looks for a voice at a few places, so that an instrumental does not pay for the vocal model all the way. */
  async probe(segments: readonly Segment[]): Promise<void> {
    const probes = this.env.model(VOCAL_MODEL_ID) === undefined ? [] : probeSegments(segments);
    this.total = probes.length + segments.length;
    this.report('voice');
    for (const index of probes) {
      const window = await this.analyse(segments[index]!);
      this.answers.set(index, window === null ? null : await this.voiceMask(window.channels));
      this.report('voice');
    }
    this.askForVoice = [...this.answers.values()].some((mask) => mask !== null);
  }

  async separate(segment: Segment, index: number): Promise<void> {
    const window = await this.analyse(segment);
    if (window === null) {
      await this.output.silence(segment);
    } else {
      const { channels, audio } = window;
      const { work } = this;
      const known = this.answers.get(index);
      this.answers.delete(index);
      const ask = this.askForVoice && known === undefined;
      const voice = known ?? (ask ? await this.voiceMask(channels) : null);
      const vocals = voice === null ? null : takeVoice(channels, voice, work.vocals);
      const masks = await this.accompanimentMasks(channels);
      setMasked(work.drums, channels, masks.drums);
      setMasked(work.bass, channels, masks.bass);
      const stems = { vocals, drums: work.drums, bass: work.bass };
      await this.output.write(segment, audio, stems);
    }
    this.report('stems');
  }

  async finish(): Promise<void> {
    await this.output.close();
  }

  private report(detail: string): void {
    this.env.report({ phase: 'separate', done: this.done, total: this.total, detail });
    this.done++;
  }

  /** Spectrograms of a window, good until the next is analysed, or null where it is silent. */
  private async analyse(
    segment: Segment,
  ): Promise<{ channels: Stereo<Spectrogram>; audio: PlanarAudio } | null> {
    await letMessagesIn();
    this.env.signal.throwIfAborted();
    const { startSamples, lengthSamples } = segmentSamples(segment);
    const audio = stereo(await this.source.read(startSamples, lengthSamples));
    if (audio.channels.every((channel) => channel.every((v) => Math.abs(v) < SILENCE_PEAK))) return null;
    const [left, right] = audio.channels;
    const { channels } = this.work;
    this.stft.analyseInto(channels[0], left!, 0);
    if (left === right) setCopy(channels[1], channels[0]);
    else this.stft.analyseInto(channels[1], right!, 0);
    return { channels, audio };
  }

  /** The vocal model's answer, or null where nobody sings in this window. */
  private async voiceMask(channels: Stereo<Spectrogram>): Promise<Tensor | null> {
    const magnitude = vocalModelInput(channels);
    const mask = await inferVocalMask(this.env, magnitude);
    this.env.signal.throwIfAborted();
    this.used.add(VOCAL_MODEL_ID);
    if (!hasVoice(voiceEvidence(magnitude, mask))) return null;
    this.voiceFound = true;
    return mask;
  }

  private async accompanimentMasks(channels: Stereo<Spectrogram>): Promise<SplitMasks> {
    const share = percussiveShare(meanMagnitude(channels), channels[0].frameCount);
    const plain = dspMasks(share);
    const model = this.env.model(SPLIT_MODEL_ID);
    if (model === undefined) return plain;
    const trained = await splitNetRows(this.env, channels, share);
    this.env.signal.throwIfAborted();
    this.used.add(SPLIT_MODEL_ID);
    const weight = model.parameters.blend;
    return blendMasks(plain, trained, typeof weight === 'number' ? weight : 1);
  }
}

function stereo(audio: PlanarAudio): PlanarAudio {
  const [left, right] = audio.channels;
  if (left === undefined) throw new RangeError('audio without channels');
  return { sampleRateHz: audio.sampleRateHz, channels: [left, right ?? left] };
}

function setCopy(out: Spectrogram, of: Spectrogram): void {
  out.re.set(of.re);
  out.im.set(of.im);
}

/** Moves the voice out of `channels`, which keep the accompaniment, into `out`. */
function takeVoice(
  channels: Stereo<Spectrogram>,
  voice: Tensor,
  out: Stereo<Spectrogram>,
): Stereo<Spectrogram> {
  for (const channel of [0, 1] as const) {
    const spectrum = channels[channel];
    const mask = channelMask(voice, channel, spectrum.frameCount);
    setProduct(out[channel], spectrum, mask);
    subtract(spectrum.re, out[channel].re);
    subtract(spectrum.im, out[channel].im);
  }
  return out;
}

function setMasked(out: Stereo<Spectrogram>, channels: Stereo<Spectrogram>, mask: Float32Array): void {
  setProduct(out[0], channels[0], mask);
  setProduct(out[1], channels[1], mask);
}

function setProduct(out: Spectrogram, spectrum: Spectrogram, mask: Float32Array): void {
  for (let i = 0; i < mask.length; i++) {
    out.re[i] = mask[i]! * spectrum.re[i]!;
    out.im[i] = mask[i]! * spectrum.im[i]!;
  }
}

function meanMagnitude([left, right]: Stereo<Spectrogram>): Float32Array {
  const mean = new Float32Array(left.re.length);
  for (let i = 0; i < mean.length; i++) {
    const l = Math.sqrt(left.re[i]! * left.re[i]! + left.im[i]! * left.im[i]!);
    mean[i] = (l + Math.sqrt(right.re[i]! * right.re[i]! + right.im[i]! * right.im[i]!)) / 2;
  }
  return mean;
}
