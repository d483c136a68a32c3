import { decodeInBrowser } from '$lib/audio/decode/browser-decode';
import type { QuestionMap } from '../worker/protocol';
import { JobQueue } from './job-queue';
import type { InferenceClient } from './types';
import { WorkerHost, type LiveWorker } from './worker-host';

/** Longer than this without an answer, and a cancelled job's worker is replaced. */
const ABORT_GRACE_MS = 600;

/**
 * Two workers: networks run in one, one job after the other; files are read, exported and decoded again in the other,
 * so that a running network never keeps the page waiting. `spawn` starts one of either.
 */
export function createClient(spawn: () => LiveWorker): InferenceClient {
  const newHost = (): WorkerHost =>
    new WorkerHost({ spawn, answer: answerQuestion, abortGraceMs: ABORT_GRACE_MS });
  const networks = newHost();
  const files = newHost();
  const queue = new JobQueue();

  return {
    transcribe: (request, events, signal) =>
      queue.run(
        () =>
          networks.run('transcribe', request, {
            signal,
            onEvent(event) {
              if (event.type === 'progress') events.onProgress(event.progress);
              else if (event.type === 'partial') events.onPartial(event.partial);
              else events.onNotice(event.text);
            },
          }),
        signal,
      ),
    redecodeTrack: (request) => files.run('redecode', request),
    retranscribeRegion: (request, signal) =>
      queue.run(() => networks.run('region', request, { signal }), signal),
    changeInstrument: (request, signal) =>
      queue.run(() => networks.run('instrument', request, { signal }), signal),
    exportZip: (request) => files.run('exportZip', request),
    exportMidi: (request) => files.run('exportMidi', request),
    stemPeaks: (jobId, stem, bucketsPerSecond) => files.run('peaks', { jobId, stem, bucketsPerSecond }),
    stemSpectrogram: (request) => files.run('spectrogram', request),
    readStem: (jobId, stem) => files.run('readStem', { jobId, stem }),
    readSource: (jobId) => files.run('readSource', { jobId }),
    models: () => files.run('models', null),
    async downloadModels(onProgress) {
      await files.run('downloadModels', null, { onEvent: onProgress });
    },
    async evictModel(modelId) {
      await files.run('evictModel', { modelId });
    },
    importModel: (file) => queue.run(() => networks.run('importModel', { file })),
    benchmark: (backend) => queue.run(() => networks.run('benchmark', { backend })),
    capabilities: () => files.run('capabilities', null),
    async deleteJobFiles(jobId) {
      await files.run('deleteJob', { jobId });
    },
    storageUse: () => files.run('storage', null),
    dispose() {
      networks.dispose();
      files.dispose();
    },
  };
}

async function answerQuestion(
  _kind: 'decode',
  input: QuestionMap['decode']['input'],
): Promise<{ value: QuestionMap['decode']['answer']; transfer: Transferable[] }> {
  const value = await decodeInBrowser(input);
  return { value, transfer: value.channels.map((channel) => channel.buffer) };
}
