import { PIPELINE_SAMPLE_RATE_HZ, type PlanarAudio } from '$lib/core/audio';

/**
 * The browser's own decoder, resampled to the pipeline's rate and without encoder delay. Only on the main thread:
 * workers have no such context. Rejects with the browser's EncodingError.
 */
export async function decodeInBrowser(file: Blob): Promise<PlanarAudio> {
  const context = new OfflineAudioContext({
    numberOfChannels: 1,
    length: 1,
    sampleRate: PIPELINE_SAMPLE_RATE_HZ,
  });
  const buffer = await context.decodeAudioData(await file.arrayBuffer());
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, index) => {
    const channel = new Float32Array(buffer.length);
    buffer.copyFromChannel(channel, index);
    return channel;
  });
  return { sampleRateHz: buffer.sampleRate, channels };
}
