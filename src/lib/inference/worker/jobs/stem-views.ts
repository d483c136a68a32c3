import { PeakCollector, regroupPeaks, STORED_PEAKS_PER_SECOND } from '$lib/audio/decode/peaks';
import { RealFft } from '$lib/audio/dsp/fft';
import { hannWindow } from '$lib/audio/dsp/stft';
import { toMono } from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import { JobFiles } from '../../files/job-files';
import type { StemSpectrogram } from '../../client/types';
import type { JobMap } from '../protocol';
import type { Services } from '../services';

const READ_SECONDS = 10;

/** From what was kept while the job ran; finer views are read from the audio. */
export async function stemPeaks(
  services: Services,
  request: JobMap['peaks']['input'],
): Promise<Float32Array> {
  const { jobId, stem, bucketsPerSecond } = request;
  const files = new JobFiles(await services.area(), jobId);
  const kept = await files.peaks(stem);
  if (kept !== undefined && (bucketsPerSecond <= STORED_PEAKS_PER_SECOND || stem === 'source')) {
    return regroupPeaks(kept, STORED_PEAKS_PER_SECOND, bucketsPerSecond);
  }
  if (stem === 'source') throw new AppError('job-missing', jobId);
  const audio = await files.openStem(stem);
  const collector = new PeakCollector(audio.sampleRateHz, bucketsPerSecond);
  const blockSamples = READ_SECONDS * audio.sampleRateHz;
  for (let start = 0; start < audio.lengthSamples; start += blockSamples) {
    const { channels } = await audio.read(start, Math.min(blockSamples, audio.lengthSamples - start));
    collector.push(channels[0]!, channels[1] ?? channels[0]!);
  }
  return collector.finish();
}

const FFT_SIZE = 8192;
const RANGE_DB = 72;
/** A full-scale sine through a Hann window. */
const FULL_SCALE = FFT_SIZE / 4;

/** One row a semitone: the strongest bin within a quarter tone of it. */
export async function stemSpectrogram(
  services: Services,
  request: JobMap['spectrogram']['input'],
): Promise<StemSpectrogram> {
  const { jobId, stem, startSeconds, endSeconds, columns, lowPitch, highPitch } = request;
  const audio = await new JobFiles(await services.area(), jobId).openStem(stem);
  const rows = highPitch - lowPitch + 1;
  const levels = new Uint8Array(rows * columns);
  const fft = new RealFft(FFT_SIZE);
  const window = hannWindow(FFT_SIZE);
  const frame = new Float64Array(FFT_SIZE);
  const re = new Float64Array(fft.binCount);
  const im = new Float64Array(fft.binCount);
  const bins = Array.from({ length: rows }, (_, row) =>
    binRange(lowPitch + row, audio.sampleRateHz, fft.binCount),
  );
  for (let column = 0; column < columns; column++) {
    const seconds = startSeconds + ((column + 0.5) * (endSeconds - startSeconds)) / columns;
    const centre = Math.round(seconds * audio.sampleRateHz);
    const mono = toMono(await audio.read(centre - FFT_SIZE / 2, FFT_SIZE));
    for (let i = 0; i < FFT_SIZE; i++) frame[i] = mono[i]! * window[i]!;
    fft.forward(frame, re, im);
    bins.forEach(([from, to], row) => {
      let power = 0;
      for (let bin = from; bin <= to; bin++) power = Math.max(power, re[bin]! ** 2 + im[bin]! ** 2);
      const db = 10 * Math.log10(power / FULL_SCALE ** 2 + 1e-12);
      levels[row * columns + column] = Math.round(255 * Math.min(1, Math.max(0, 1 + db / RANGE_DB)));
    });
  }
  return { columns, rows, levels };
}

function binRange(pitch: number, sampleRateHz: number, binCount: number): readonly [number, number] {
  const bin = (p: number): number => (440 * 2 ** ((p - 69) / 12) * FFT_SIZE) / sampleRateHz;
  const from = Math.round(bin(pitch - 0.5));
  return [
    Math.min(binCount - 1, from),
    Math.min(binCount - 1, Math.max(from, Math.round(bin(pitch + 0.5)) - 1)),
  ];
}
