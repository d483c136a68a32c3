import type { FrameSource } from './wav-stream';

/** Short enough that a seek reads little, long enough that few pieces are joined. */
const BLOCK_SECONDS = 2;
/** Blocks kept beside the ones in use; a loop of a few bars is not read again and again. */
const CACHED_BLOCKS = 24;
const FADE_SECONDS = 0.006;

/** Where the block that holds a position ends. */
export function nextBlockSeconds(seconds: number): number {
  return (Math.floor(seconds / BLOCK_SECONDS + 1e-9) + 1) * BLOCK_SECONDS;
}

/**
 * Plays one recording in blocks that follow each other to the frame, so that memory stays bounded for files of any
 * length and stems stay in phase with each other.
 */
export class OriginalPlayer {
  readonly #context: BaseAudioContext;
  readonly #source: FrameSource;
  readonly #output: AudioNode;
  readonly #blocks = new Map<number, Promise<AudioBuffer | undefined>>();
  readonly #sounding = new Set<{ node: AudioBufferSourceNode; gain: GainNode }>();
  /** Rises with every stop, so that a block which arrives late does not sound. */
  #generation = 0;

  constructor(context: BaseAudioContext, source: FrameSource, output: AudioNode) {
    this.#context = context;
    this.#source = source;
    this.#output = output;
  }

  get source(): FrameSource {
    return this.#source;
  }

  /** Reads what will be needed soon. */
  prefetch(fromSeconds: number, lengthSeconds: number): Promise<unknown> {
    return Promise.all(
      this.#blocksOf(fromSeconds, fromSeconds + lengthSeconds).map((block) => this.#block(block)),
    );
  }

  /** Schedules [from, to) of the recording at a moment of the context's clock. */
  schedule(fromSeconds: number, toSeconds: number, whenSeconds: number): void {
    const generation = this.#generation;
    for (const block of this.#blocksOf(fromSeconds, toSeconds)) {
      const start = Math.max(fromSeconds, block * BLOCK_SECONDS);
      const end = Math.min(toSeconds, (block + 1) * BLOCK_SECONDS);
      const when = whenSeconds + start - fromSeconds;
      void this.#block(block).then((buffer) => {
        if (buffer === undefined || generation !== this.#generation) return;
        this.#start(buffer, { when, offset: start - block * BLOCK_SECONDS, length: end - start });
      });
    }
  }

  #start(buffer: AudioBuffer, at: { when: number; offset: number; length: number }): void {
    // What arrives late starts late, but in its place.
    const late = Math.max(0, this.#context.currentTime + 0.005 - at.when);
    const length = at.length - late;
    if (length <= 0 || at.offset + late >= buffer.duration) return;
    const node = this.#context.createBufferSource();
    const gain = this.#context.createGain();
    node.buffer = buffer;
    node.connect(gain).connect(this.#output);
    // A whole rest of a block ends with its last frame; a rounded length could lose it.
    if (at.offset + at.length > buffer.duration - 1e-6) node.start(at.when + late, at.offset + late);
    else node.start(at.when + late, at.offset + late, length);
    const entry = { node, gain };
    this.#sounding.add(entry);
    node.onended = () => {
      this.#sounding.delete(entry);
      gain.disconnect();
    };
  }

  /** Fades out everything that sounds or is scheduled. */
  stop(): void {
    this.#generation++;
    const now = this.#context.currentTime;
    for (const { node, gain } of this.#sounding) {
      gain.gain.setValueAtTime(1, now);
      gain.gain.linearRampToValueAtTime(0, now + FADE_SECONDS);
      node.stop(now + FADE_SECONDS + 0.002);
    }
    this.#sounding.clear();
  }

  #blocksOf(fromSeconds: number, toSeconds: number): number[] {
    const last = Math.ceil(this.#source.lengthFrames / (BLOCK_SECONDS * this.#source.sampleRateHz)) - 1;
    const blocks: number[] = [];
    const end = Math.min(last, Math.ceil(toSeconds / BLOCK_SECONDS - 1e-9) - 1);
    for (let block = Math.max(0, Math.floor(fromSeconds / BLOCK_SECONDS + 1e-9)); block <= end; block++)
      blocks.push(block);
    return blocks;
  }

  #block(block: number): Promise<AudioBuffer | undefined> {
    const known = this.#blocks.get(block);
    if (known !== undefined) {
      // Moved to the young end of the cache.
      this.#blocks.delete(block);
      this.#blocks.set(block, known);
      return known;
    }
    const loading = this.#read(block).catch(() => {
      // A failed read is tried again the next time it is needed.
      this.#blocks.delete(block);
      return undefined;
    });
    this.#blocks.set(block, loading);
    for (const old of this.#blocks.keys()) {
      if (this.#blocks.size <= CACHED_BLOCKS) break;
      this.#blocks.delete(old);
    }
    return loading;
  }

  async #read(block: number): Promise<AudioBuffer | undefined> {
    const { sampleRateHz } = this.#source;
    const frames = Math.round(BLOCK_SECONDS * sampleRateHz);
    const channels = await this.#source.read(block * frames, frames);
    const [first] = channels;
    if (first === undefined || first.length === 0) return undefined;
    const buffer = this.#context.createBuffer(channels.length, first.length, sampleRateHz);
    channels.forEach((channel, i) => buffer.copyToChannel(channel, i));
    return buffer;
  }
}
