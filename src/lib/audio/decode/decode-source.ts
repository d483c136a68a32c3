import {
  PIPELINE_SAMPLE_RATE_HZ,
  type AudioReader,
  type AudioWriter,
  type PlanarAudio,
} from '$lib/core/audio';
import { AppError, FormatError } from '$lib/core/errors';
import { Resampler } from '$lib/audio/dsp/resample';
import { readAiff } from '$lib/formats/aiff/aiff-reader';
import { pcmReader, type PcmFile } from '$lib/formats/wav/pcm';
import { readWav } from '$lib/formats/wav/wav-reader';
import { toStereo } from './downmix';
import { PeakCollector, STORED_PEAKS_PER_SECOND } from './peaks';
import { SNIFF_BYTES, sniffContainer, type Container } from './sniff';

/** Compressed files up to this length are decoded in one go, which trims encoder delay on its own. */
export const WHOLE_DECODE_LIMIT_SECONDS = 15 * 60;
/** Shorter clips hold no beat and hardly a note. */
const SHORTEST_SECONDS = 0.1;
/** -80 dBFS: below this there is nothing to hear. */
const SILENCE_PEAK = 1e-4;
const BLOCK_FRAMES = 1 << 17;
/** A compressed file that yields less than this share of what it promises is damaged. */
const TRUNCATED_SHARE = 0.98;

/** What a container says of its audio; absent where it does not say. */
export interface ContainerInfo {
  readonly durationSeconds?: number;
  readonly sampleRateHz?: number;
  readonly channelCount?: number;
  /** Whether this browser has the codec. */
  readonly isDecodable?: boolean;
}

/** Decoders that exist only in a browser (or, under Node, only as a program). */
export interface CompressedDecoders {
  /** Rejects or resolves to undefined where the file cannot be probed. */
  probe(file: Blob): Promise<ContainerInfo | undefined>;
  /** The whole file at the pipeline's rate. Rejects where it cannot be decoded. */
  decodeWhole(file: Blob): Promise<PlanarAudio>;
  /** Block by block at the file's rate, encoder delay removed. Rejects where it cannot be decoded. */
  decodeBlocks(file: Blob, container: Container): AsyncIterable<PlanarAudio>;
}

export interface DecodeEnv {
  readonly decoders: CompressedDecoders;
  /** Called once the length is known (or guessed), before anything is written; may reject for want of room. */
  reserve(durationSeconds: number): Promise<void>;
  readonly signal: AbortSignal;
  /** Share of the work done, 0-1. */
  onShare(share: number): void;
}

export interface DecodedSource {
  readonly lengthSamples: number;
  readonly durationSeconds: number;
  /** As in the file. */
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly isSilent: boolean;
  readonly warnings: readonly string[];
  /** {@link STORED_PEAKS_PER_SECOND} buckets a second, min and max in turn. */
  readonly peaks: Float32Array<ArrayBuffer>;
}

/**
 * Decodes any audio file to stereo at the pipeline's rate into `output`, block by block.
 * Rejects with AppError: audio-empty, not-audio, audio-protected, audio-unreadable, audio-too-short.
 */
export async function decodeSource(file: Blob, output: AudioWriter, env: DecodeEnv): Promise<DecodedSource> {
  if (file.size === 0) throw new AppError('audio-empty');
  const container = sniffContainer(new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer()));
  if (container === 'not-audio') throw new AppError('not-audio');
  if (container === 'unsupported-audio') throw new AppError('audio-protected');
  const pcm = await readUncompressed(file, container);
  const decoded =
    pcm === undefined
      ? await decodeCompressed(file, container, output, env)
      : await decodePcmFile(file, pcm, output, env);
  if (decoded.durationSeconds < SHORTEST_SECONDS) {
    throw new AppError(decoded.lengthSamples === 0 ? 'audio-empty' : 'audio-too-short');
  }
  return decoded;
}

async function readUncompressed(file: Blob, container: Container): Promise<PcmFile | undefined> {
  if (container !== 'wav' && container !== 'aiff') return undefined;
  try {
    return await (container === 'wav' ? readWav(file) : readAiff(file));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // A WAV may carry MP3 or ADPCM, which the browser may know.
    if (container === 'wav' && error.expected === 'uncompressed audio') return undefined;
    throw new AppError('audio-unreadable', error.message, { cause: error });
  }
}

async function decodePcmFile(
  file: Blob,
  { layout, warnings }: PcmFile,
  output: AudioWriter,
  env: DecodeEnv,
): Promise<DecodedSource> {
  const reader = pcmReader(file, layout);
  if (reader.lengthSamples === 0) throw new AppError('audio-empty');
  await env.reserve(reader.lengthSamples / reader.sampleRateHz);
  const sink = new StereoSink(output, reader.sampleRateHz);
  for await (const block of blocksOf(reader)) {
    env.signal.throwIfAborted();
    await sink.write(block.channels);
    env.onShare(Math.min(1, sink.receivedFrames / reader.lengthSamples));
  }
  return sink.finish({ sampleRateHz: layout.sampleRateHz, channels: layout.channelCount, warnings });
}

async function* blocksOf(reader: AudioReader): AsyncGenerator<PlanarAudio> {
  for (let start = 0; start < reader.lengthSamples; start += BLOCK_FRAMES) {
    yield await reader.read(start, Math.min(BLOCK_FRAMES, reader.lengthSamples - start));
  }
}

async function decodeCompressed(
  file: Blob,
  container: Container,
  output: AudioWriter,
  env: DecodeEnv,
): Promise<DecodedSource> {
  const info = (await env.decoders.probe(file).catch(() => undefined)) ?? {};
  env.signal.throwIfAborted();
  const expectedSeconds = info.durationSeconds;
  if (expectedSeconds !== undefined) await env.reserve(expectedSeconds);
  const isLong = (expectedSeconds ?? 0) > WHOLE_DECODE_LIMIT_SECONDS;
  try {
    const decoded = isLong
      ? await decodeInBlocks(file, container, info, output, env)
      : await decodeAtOnce(file, info, output, env);
    if (expectedSeconds === undefined || decoded.durationSeconds >= expectedSeconds * TRUNCATED_SHARE)
      return decoded;
    const percent = Math.floor((100 * decoded.durationSeconds) / expectedSeconds);
    const warning = `The file is damaged or cut short: ${percent} % of its audio could be read.`;
    return { ...decoded, warnings: [...decoded.warnings, warning] };
  } catch (error) {
    env.signal.throwIfAborted();
    // The browser's own decoder answers from the page: its failures arrive as unexpected ones.
    const isKnown = error instanceof AppError && error.code !== 'unexpected';
    if (isKnown || (error instanceof Error && error.name === 'AbortError')) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new AppError(await failureOf(file, container, info), detail, { cause: error });
  }
}

async function decodeAtOnce(
  file: Blob,
  info: ContainerInfo,
  output: AudioWriter,
  env: DecodeEnv,
): Promise<DecodedSource> {
  const audio = await env.decoders.decodeWhole(file);
  env.signal.throwIfAborted();
  const length = audio.channels[0]?.length ?? 0;
  const sink = new StereoSink(output, audio.sampleRateHz);
  for (let start = 0; start < length; start += BLOCK_FRAMES) {
    await sink.write(audio.channels.map((channel) => channel.subarray(start, start + BLOCK_FRAMES)));
    env.onShare(Math.min(1, (start + BLOCK_FRAMES) / length));
  }
  return sink.finish({
    sampleRateHz: info.sampleRateHz ?? audio.sampleRateHz,
    channels: info.channelCount ?? audio.channels.length,
    warnings: [],
  });
}

async function decodeInBlocks(
  file: Blob,
  container: Container,
  info: ContainerInfo,
  output: AudioWriter,
  env: DecodeEnv,
): Promise<DecodedSource> {
  let sink: StereoSink | undefined;
  let channels = info.channelCount ?? 0;
  const warnings: string[] = [];
  try {
    for await (const block of env.decoders.decodeBlocks(file, container)) {
      env.signal.throwIfAborted();
      channels ||= block.channels.length;
      sink ??= new StereoSink(output, block.sampleRateHz);
      await sink.write(block.channels);
      env.onShare(
        Math.min(1, sink.receivedFrames / (block.sampleRateHz * (info.durationSeconds ?? Infinity))),
      );
    }
  } catch (error) {
    // What came before the damage is worth keeping.
    if (error instanceof AppError || env.signal.aborted || sink === undefined) throw error;
    warnings.push('Decoding stopped at a damaged place; what came before it was kept.');
  }
  if (sink === undefined) throw new AppError('audio-empty');
  return sink.finish({ sampleRateHz: info.sampleRateHz ?? sink.sampleRateHz, channels, warnings });
}

/** Why decoding failed: a codec nobody here knows, protection, or damage. */
async function failureOf(
  file: Blob,
  container: Container,
  { isDecodable = true }: ContainerInfo,
): Promise<'audio-protected' | 'audio-unreadable' | 'not-audio'> {
  if (container === 'unknown') return 'not-audio';
  if (!isDecodable) return 'audio-protected';
  if (container !== 'mp4') return container === 'wav' ? 'audio-protected' : 'audio-unreadable';
  // The sample description lies in the index, at the start or at the end of the file.
  for (const part of [file.slice(0, 262_144), file.slice(Math.max(0, file.size - 262_144))]) {
    const text = new TextDecoder('latin1').decode(await part.arrayBuffer());
    if (/drms|enca|aavd|sinf/.test(text)) return 'audio-protected';
  }
  return 'audio-unreadable';
}

/** Downmixes, resamples and writes blocks; collects what must be known of the whole. */
class StereoSink {
  readonly sampleRateHz: number;
  receivedFrames = 0;
  readonly #output: AudioWriter;
  readonly #resamplers: readonly [Resampler, Resampler] | undefined;
  readonly #peaks = new PeakCollector(PIPELINE_SAMPLE_RATE_HZ, STORED_PEAKS_PER_SECOND);
  #written = 0;
  #peak = 0;

  constructor(output: AudioWriter, sampleRateHz: number) {
    this.sampleRateHz = sampleRateHz;
    this.#output = output;
    const to = PIPELINE_SAMPLE_RATE_HZ;
    if (sampleRateHz !== to)
      this.#resamplers = [new Resampler(sampleRateHz, to), new Resampler(sampleRateHz, to)];
  }

  async write(channels: readonly Float32Array<ArrayBuffer>[]): Promise<void> {
    const [left, right] = toStereo(channels);
    this.receivedFrames += left.length;
    if (this.#resamplers === undefined) return this.#store(left, right);
    const [first, second] = this.#resamplers;
    const isMono = left === right;
    const resampled = first.push(left);
    await this.#store(resampled, isMono ? resampled : second.push(right));
  }

  async finish(source: {
    sampleRateHz: number;
    channels: number;
    warnings: readonly string[];
  }): Promise<DecodedSource> {
    if (this.#resamplers !== undefined) {
      const left = this.#resamplers[0].flush();
      const right = this.#resamplers[1].flush();
      await this.#store(left, right.length === left.length ? right : left);
    }
    return {
      ...source,
      lengthSamples: this.#written,
      durationSeconds: this.#written / PIPELINE_SAMPLE_RATE_HZ,
      isSilent: this.#peak < SILENCE_PEAK,
      peaks: this.#peaks.finish(),
    };
  }

  async #store(left: Float32Array<ArrayBuffer>, right: Float32Array<ArrayBuffer>): Promise<void> {
    if (left.length === 0) return;
    for (const channel of left === right ? [left] : [left, right]) {
      for (let i = 0; i < channel.length; i++) {
        const level = Math.abs(channel[i]!);
        if (level > this.#peak) this.#peak = level;
      }
    }
    this.#peaks.push(left, right);
    this.#written += left.length;
    await this.#output.write({ sampleRateHz: PIPELINE_SAMPLE_RATE_HZ, channels: [left, right] });
  }
}
