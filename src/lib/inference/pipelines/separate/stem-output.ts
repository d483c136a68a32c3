import type { AudioReader, AudioWriter, PlanarAudio } from '$lib/core/audio';
import type { StemKind } from '$lib/core/transcription';
import type { Spectrogram, Stft } from '$lib/audio/dsp/stft';
import { FFT_SIZE, HOP_SAMPLES, LEAD_FRAMES } from './constants';
import { segmentSamples, type Segment } from './segments';

/** The stems that are made from masks; `other` is what they leave of the source. */
const MADE = ['vocals', 'drums', 'bass'] as const;
type Made = (typeof MADE)[number];

/** Per made stem the two channels' spectrograms of a window; null for silence. */
export type WindowStems = Readonly<Record<Made, readonly [Spectrogram, Spectrogram] | null>>;

/** How far a frame reaches beyond its own hop. */
const TAIL_SAMPLES = FFT_SIZE - HOP_SAMPLES;

/**
 * Turns masked windows back into stems and writes them in order. A sample is finished once all frames over it were
 * added; what later frames still add to is carried to the next window.
 */
export class StemOutput {
  private readonly tails: Record<Made, [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>]>;

  constructor(
    private readonly stft: Stft,
    private readonly source: AudioReader,
    private readonly writers: Readonly<Record<StemKind, AudioWriter>>,
  ) {
    const tail = (): [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>] => [
      new Float32Array(TAIL_SAMPLES),
      new Float32Array(TAIL_SAMPLES),
    ];
    this.tails = { vocals: tail(), drums: tail(), bass: tail() };
  }

  /** `audio`: the samples under the window, as segmentSamples says. */
  async write(segment: Segment, audio: PlanarAudio, stems: WindowStems): Promise<void> {
    const kept = segment.keepTo - segment.keepFrom;
    const finished = kept * HOP_SAMPLES;
    const startSamples = (segment.firstFrame + segment.keepFrom - LEAD_FRAMES) * HOP_SAMPLES;
    const skip = Math.max(0, -startSamples);
    const end = Math.min(finished, this.source.lengthSamples - startSamples);
    const offset = startSamples - segmentSamples(segment).startSamples;
    const rest = audio.channels.map((channel) => channel.slice(offset + skip, offset + end));
    for (const kind of MADE) {
      const block = this.tails[kind].map((tail, channel) => {
        const sum = new Float32Array(finished + TAIL_SAMPLES);
        sum.set(tail);
        const frames = stems[kind]?.[channel];
        if (frames !== undefined) this.stft.overlapAdd(frames, sum, 0, segment.keepFrom, segment.keepTo);
        tail.set(sum.subarray(finished));
        const out = sum.slice(skip, end);
        subtract(rest[channel]!, out);
        return out;
      });
      await this.emit(kind, block);
    }
    await this.emit('other', rest);
  }

  /** A window without sound, all but what the last one carries over. */
  async silence(segment: Segment): Promise<void> {
    const { startSamples, lengthSamples } = segmentSamples(segment);
    const audio = await this.source.read(startSamples, lengthSamples);
    const left = audio.channels[0]!;
    const stereo = { sampleRateHz: audio.sampleRateHz, channels: [left, audio.channels[1] ?? left] };
    await this.write(segment, stereo, { vocals: null, drums: null, bass: null });
  }

  async close(): Promise<void> {
    for (const writer of Object.values(this.writers)) await writer.close();
  }

  private async emit(kind: StemKind, channels: Float32Array<ArrayBuffer>[]): Promise<void> {
    if (channels[0]!.length === 0) return;
    await this.writers[kind].write({ sampleRateHz: this.source.sampleRateHz, channels });
  }
}

export function subtract(from: Float32Array, what: Float32Array): void {
  for (let n = 0; n < what.length; n++) from[n]! -= what[n]!;
}
