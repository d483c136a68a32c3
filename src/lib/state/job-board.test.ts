import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '$lib/core/errors';
import type { Transcription } from '$lib/core/transcription';
import { DEFAULT_SETTINGS, type TranscribeRequest, type TranscribeSettings } from '$lib/inference/client';
import { NO_EDITS } from '$lib/library/database';
import type { JobRepository } from '$lib/library/job-repository';
import { JobBoard, type Job } from './job-board.svelte';
import { Notices } from './notices.svelte';

const TRANSCRIPTION: Transcription = {
  schemaVersion: 1,
  source: { name: 'a.wav', sha256: '', durationSeconds: 1, sampleRateHz: 44_100, channels: 2 },
  beats: {
    beatsSeconds: [],
    downbeatsSeconds: [],
    bpm: 120,
    constant: true,
    tempoMap: [{ seconds: 0, tick: 0, bpm: 120 }],
    timeSignature: { numerator: 4, denominator: 4 },
    confidence: 1,
  },
  key: { tonic: 'C', mode: 'major', confidence: 1 },
  stems: [],
  tracks: [],
  models: [],
  timings: [],
  warnings: [],
};

/** A repository in memory. */
class MemoryJobs implements JobRepository<TranscribeSettings> {
  readonly jobs = new Map<string, Job>();
  readonly pending = new Map<string, Blob>();
  list = () => Promise.resolve([...this.jobs.values()].sort((a, b) => b.createdAtMs - a.createdAtMs));
  get = (id: string) => Promise.resolve(this.jobs.get(id));
  put = async (job: Job) => void this.jobs.set(job.id, job);
  delete = async (id: string) => {
    this.jobs.delete(id);
    this.pending.delete(id);
  };
  putPending = async (id: string, file: Blob) => void this.pending.set(id, file);
  getPending = (id: string) => Promise.resolve(this.pending.get(id));
  deletePending = async (id: string) => void this.pending.delete(id);
}

/** An engine whose jobs end when the test says so. */
class HandEngine {
  readonly asked: TranscribeRequest[] = [];
  readonly deleted: string[] = [];
  finish: () => void = () => undefined;
  fail: (error: unknown) => void = () => undefined;

  transcribe = (
    request: TranscribeRequest,
    _events: unknown,
    signal: AbortSignal,
  ): Promise<Transcription> => {
    this.asked.push(request);
    return new Promise((resolve, reject) => {
      this.finish = () => resolve(TRANSCRIPTION);
      this.fail = reject;
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  };
  readSource = (): Promise<Blob> => Promise.reject(new AppError('job-missing'));
  deleteJobFiles = async (id: string) => void this.deleted.push(id);
}

const file = (name: string): File => new File(['sound'], name);
const states = (board: JobBoard): string[] => board.jobs.map((job) => `${job.name} ${job.state}`);

describe('JobBoard', () => {
  let repository: MemoryJobs;
  let engine: HandEngine;
  let board: JobBoard;
  const makeBoard = (): JobBoard =>
    new JobBoard({ client: () => engine, repository, notices: new Notices() });

  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    repository = new MemoryJobs();
    engine = new HandEngine();
    board = makeBoard();
  });

  it('runs one job after the other, in the order dropped', async () => {
    await board.enqueue([file('a.wav'), file('b.wav')], DEFAULT_SETTINGS);
    await vi.waitFor(() => expect(engine.asked).toHaveLength(1));
    expect(states(board)).toEqual(['b queued', 'a running']);
    engine.finish();
    await vi.waitFor(() => expect(engine.asked).toHaveLength(2));
    expect(engine.asked.map(({ name }) => name)).toEqual(['a.wav', 'b.wav']);
    expect(states(board)).toEqual(['b running', 'a done']);
    engine.finish();
    await vi.waitFor(() => expect(states(board)).toEqual(['b done', 'a done']));
    expect(repository.pending.size).toBe(0);
  });

  it('goes on with the next job after a failure, and keeps its words', async () => {
    await board.enqueue([file('a.wav'), file('b.wav')], DEFAULT_SETTINGS);
    await vi.waitFor(() => expect(engine.asked).toHaveLength(1));
    engine.fail(new AppError('audio-empty'));
    await vi.waitFor(() => expect(engine.asked).toHaveLength(2));
    expect(board.jobs.find((job) => job.name === 'a')).toMatchObject({
      state: 'failed',
      errorCode: 'audio-empty',
    });
  });

  it('runs a job that the database has no room for, and says so', async () => {
    const full = new DOMException('no room', 'QuotaExceededError');
    repository.putPending = () => Promise.reject(full);
    repository.put = () => Promise.reject(full);
    const notices = new Notices();
    const fail = vi.spyOn(notices, 'fail');
    board = new JobBoard({ client: () => engine, repository, notices });
    await board.enqueue([file('a.wav')], DEFAULT_SETTINGS);
    await vi.waitFor(() => expect(engine.asked).toHaveLength(1));
    engine.finish();
    await vi.waitFor(() => expect(states(board)).toEqual(['a done']));
    expect(fail).toHaveBeenCalledWith(full);
  });

  it('cancels a running job and a waiting one, and restarts either', async () => {
    const [a = '', b = ''] = await board.enqueue([file('a.wav'), file('b.wav')], DEFAULT_SETTINGS);
    await vi.waitFor(() => expect(engine.asked).toHaveLength(1));
    await board.cancel(b);
    await board.cancel(a);
    await vi.waitFor(() => expect(states(board)).toEqual(['b cancelled', 'a cancelled']));
    await board.restart(a, DEFAULT_SETTINGS);
    await vi.waitFor(() => expect(engine.asked).toHaveLength(2));
    expect(engine.asked[1]?.jobId).toBe(a);
  });

  it('keeps the old result of a finished job whose second run is cancelled', async () => {
    const [a = ''] = await board.enqueue([file('a.wav')], DEFAULT_SETTINGS);
    await vi.waitFor(() => expect(engine.asked).toHaveLength(1));
    engine.finish();
    await vi.waitFor(() => expect(board.live).toBeUndefined());
    await repository.putPending(a, file('a.wav'));
    await board.restart(a, DEFAULT_SETTINGS);
    await vi.waitFor(() => expect(engine.asked).toHaveLength(2));
    await board.cancel(a);
    await vi.waitFor(() => expect(board.live).toBeUndefined());
    expect(board.jobs[0]).toMatchObject({ state: 'done', transcription: TRANSCRIPTION });
  });

  it('lists what was running when its tab died as interrupted, with its file at hand', async () => {
    await board.enqueue([file('a.wav'), file('b.wav')], DEFAULT_SETTINGS);
    await vi.waitFor(() => expect(engine.asked).toHaveLength(1));
    const next = makeBoard();
    await next.load();
    expect(states(next)).toEqual(['b interrupted', 'a interrupted']);
    await next.restart(next.jobs[0]?.id ?? '', DEFAULT_SETTINGS);
    await vi.waitFor(() => expect(engine.asked.at(-1)?.name).toBe('b.wav'));
  });

  it('deletes for good only once the way back has gone', async () => {
    const job: Job = {
      id: 'x',
      name: 'x',
      fileName: 'x.wav',
      createdAtMs: 1,
      updatedAtMs: 1,
      state: 'done',
      settings: DEFAULT_SETTINGS,
      edits: NO_EDITS,
    };
    await repository.put(job);
    await board.load();
    await board.discard('x');
    expect(board.jobs).toEqual([]);
    await board.restore('x');
    expect(states(board)).toEqual(['x done']);
    expect(engine.deleted).toEqual([]);
    await board.discard('x');
    board.empty('x');
    await vi.waitFor(() => expect(engine.deleted).toEqual(['x']));
    expect(repository.jobs.size).toBe(0);
  });

  it('empties the bin of the visit before', async () => {
    await board.enqueue([file('a.wav')], DEFAULT_SETTINGS);
    await vi.waitFor(() => expect(engine.asked).toHaveLength(1));
    engine.finish();
    await vi.waitFor(() => expect(states(board)).toEqual(['a done']));
    const id = board.jobs[0]?.id ?? '';
    await board.discard(id);
    const next = makeBoard();
    await next.load();
    expect(next.jobs).toEqual([]);
    await vi.waitFor(() => expect(engine.deleted).toEqual([id]));
  });
});
