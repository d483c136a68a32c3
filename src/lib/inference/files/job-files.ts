import type { AudioReader, AudioWriter } from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import type { StemKind } from '$lib/core/transcription';
import { createFloatFile, createStemFile, jobBytes, openFloatFile, openStemFile } from './audio-files';
import { writeFile, type FileArea } from './file-area';
import { jobPaths } from './job-paths';
import { pack, unpack } from './pack';

/** The files of one job. */
export class JobFiles {
  readonly #area: FileArea;
  readonly #jobId: string;

  constructor(area: FileArea, jobId: string) {
    this.#area = area;
    this.#jobId = jobId;
  }

  /** Keeps the file as it was dropped, so that the job can be restarted; one that is kept already stays. */
  async keepSource(file: Blob): Promise<void> {
    const path = jobPaths.source(this.#jobId);
    const kept = await this.#area.read(path);
    if (kept?.size !== file.size) await writeFile(this.#area, path, file);
  }

  async source(): Promise<Blob> {
    const file = await this.#area.read(jobPaths.source(this.#jobId));
    if (file === undefined) throw new AppError('job-missing', this.#jobId);
    return file;
  }

  /** Rejects with AppError 'storage-full' that says how much a recording of this length needs and how much is free. */
  async reserve(durationSeconds: number, stemCount: number): Promise<void> {
    const estimate = await this.#area.estimate();
    if (estimate === undefined) return;
    const needed = jobBytes(durationSeconds, stemCount);
    const free = estimate.quotaBytes - estimate.usedBytes;
    if (needed > free) {
      throw new AppError(
        'storage-full',
        `${Math.ceil(durationSeconds / 60)} minutes of audio need ${gigabytes(needed)} while they are worked on; ${gigabytes(free)} are free`,
      );
    }
  }

  createDecoded(): Promise<AudioWriter> {
    return createFloatFile(this.#area, jobPaths.decoded(this.#jobId));
  }

  openDecoded(): Promise<AudioReader> {
    return openFloatFile(this.#area, jobPaths.decoded(this.#jobId));
  }

  removeDecoded(): Promise<void> {
    return this.#area.remove(jobPaths.decoded(this.#jobId));
  }

  createStem(stem: StemKind): Promise<AudioWriter> {
    return createStemFile(this.#area, jobPaths.stem(this.#jobId, stem));
  }

  openStem(stem: StemKind): Promise<AudioReader> {
    return openStemFile(this.#area, jobPaths.stem(this.#jobId, stem));
  }

  createRoughStem(stem: StemKind): Promise<AudioWriter> {
    return createStemFile(this.#area, jobPaths.roughStem(this.#jobId, stem));
  }

  openRoughStem(stem: StemKind): Promise<AudioReader> {
    return openStemFile(this.#area, jobPaths.roughStem(this.#jobId, stem));
  }

  removeRoughStems(): Promise<void> {
    return this.#area.remove(jobPaths.roughStems(this.#jobId));
  }

  async stemFile(stem: StemKind): Promise<Blob> {
    const file = await this.#area.read(jobPaths.stem(this.#jobId, stem));
    if (file === undefined) throw new AppError('job-missing', `${this.#jobId}, ${stem}`);
    return file;
  }

  /** Undefined for a stem that was never written (the song was silent). */
  stemFileIfAny(stem: StemKind): Promise<Blob | undefined> {
    return this.#area.read(jobPaths.stem(this.#jobId, stem));
  }

  async saveActivations(name: string, value: unknown): Promise<void> {
    await writeFile(this.#area, jobPaths.activations(this.#jobId, name), pack(value));
  }

  async loadActivations(name: string): Promise<unknown> {
    const file = await this.#area.read(jobPaths.activations(this.#jobId, name));
    if (file === undefined) throw new AppError('job-missing', `${this.#jobId}, ${name}`);
    return unpack(new Uint8Array(await file.arrayBuffer()));
  }

  async savePeaks(name: StemKind | 'source', peaks: Float32Array<ArrayBuffer>): Promise<void> {
    await writeFile(this.#area, jobPaths.peaks(this.#jobId, name), new Uint8Array(peaks.buffer));
  }

  /** Undefined where none were kept. */
  async peaks(name: StemKind | 'source'): Promise<Float32Array<ArrayBuffer> | undefined> {
    const file = await this.#area.read(jobPaths.peaks(this.#jobId, name));
    return file === undefined ? undefined : new Float32Array(await file.arrayBuffer());
  }

  /** Streams an export into the job's folder, so that it never lies in memory. */
  async keepExport(content: ReadableStream<Uint8Array>): Promise<Blob> {
    const path = jobPaths.exported(this.#jobId);
    await writeFile(this.#area, path, content);
    const file = await this.#area.read(path);
    if (file === undefined) throw new AppError('storage-unavailable', path);
    return file;
  }

  removeAll(): Promise<void> {
    return this.#area.remove(jobPaths.folder(this.#jobId));
  }
}

function gigabytes(bytes: number): string {
  return `${(Math.max(0, bytes) / 1e9).toFixed(1)} GB`;
}
