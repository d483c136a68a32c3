import type { PlanarAudio } from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import {
  ADTS,
  AudioSampleSink,
  BlobSource,
  FLAC,
  Input,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  WAVE,
  WEBM,
  type AudioSample,
  type InputAudioTrack,
} from 'mediabunny';
import type { ContainerInfo } from './decode-source';
import { readMp3Info } from './mp3-info';
import { SNIFF_BYTES, type Container } from './sniff';

const FORMATS = [MP3, OGG, FLAC, MP4, QTFF, ADTS, WEBM, MATROSKA, WAVE];

async function withTrack<T>(file: Blob, use: (track: InputAudioTrack) => Promise<T>): Promise<T | undefined> {
  const input = new Input({ formats: FORMATS, source: new BlobSource(file) });
  try {
    const track = await input.getPrimaryAudioTrack();
    return track === null ? undefined : await use(track);
  } finally {
    input.dispose();
  }
}

/** Rate, channels, stated length and whether the codec is known here, without decoding. */
export async function probeContainer(file: Blob): Promise<ContainerInfo | undefined> {
  return withTrack(file, async (track) => {
    const stated = await track.getDurationFromMetadata();
    const durationSeconds = stated ?? (await track.computeDuration());
    return {
      durationSeconds,
      sampleRateHz: await track.getSampleRate(),
      channelCount: await track.getNumberOfChannels(),
      isDecodable: await track.canDecode(),
    };
  });
}

/**
 * Decodes with WebCodecs in a worker, a packet at a time. MP3 decoders leave the encoder delay in: the LAME header
 * tells how much of it to cut. Rejects with AppError 'audio-protected' where the browser lacks the codec.
 */
export async function* decodeWithWebCodecs(file: Blob, container: Container): AsyncGenerator<PlanarAudio> {
  const input = new Input({ formats: FORMATS, source: new BlobSource(file) });
  try {
    const track = await input.getPrimaryAudioTrack();
    if (track === null) throw new AppError('not-audio');
    if (!(await track.canDecode())) throw new AppError('audio-protected', (await track.getCodec()) ?? '');
    const head = new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer());
    const mp3 = container === 'mp3' ? readMp3Info(head) : undefined;
    let skip = mp3?.delaySamples ?? 0;
    for await (const sample of new AudioSampleSink(track).samples()) {
      try {
        // Priming samples of AAC and Opus lie before zero.
        const beforeZero = Math.max(0, Math.round(-sample.timestamp * sample.sampleRate));
        const drop = Math.min(sample.numberOfFrames, container === 'mp3' ? skip : beforeZero);
        if (container === 'mp3') skip -= drop;
        if (drop < sample.numberOfFrames) yield planar(sample, drop);
      } finally {
        sample.close();
      }
    }
  } finally {
    input.dispose();
  }
}

function planar(sample: AudioSample, drop: number): PlanarAudio {
  const channels = Array.from({ length: sample.numberOfChannels }, (_, planeIndex) => {
    const options = { planeIndex, format: 'f32-planar', frameOffset: drop } as const;
    const channel = new Float32Array(sample.numberOfFrames - drop);
    sample.copyTo(channel, options);
    return channel;
  });
  return { sampleRateHz: sample.sampleRate, channels };
}
