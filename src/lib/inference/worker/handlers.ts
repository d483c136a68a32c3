import { JobFiles } from '../files/job-files';
import { benchmark } from './jobs/benchmark';
import { exportJobMidi, exportJobZip } from './jobs/exports';
import { importModel } from './jobs/import-model';
import { capabilities, deleteJob, downloadModels, evictModel, listModels, storageUse } from './jobs/library';
import { stemPeaks, stemSpectrogram } from './jobs/stem-views';
import { changeInstrument, redecode, retranscribeRegion } from './jobs/tracks';
import { transcribe } from './jobs/transcribe';
import type { Handlers } from './serve';
import type { Services } from './services';

/** What the worker can do: one function a job of the map. */
export function createHandlers(services: () => Services): Handlers {
  const filesOf = async (jobId: string): Promise<JobFiles> => new JobFiles(await services().area(), jobId);
  return {
    transcribe: (request, context) => transcribe(services(), request, context),
    redecode: (request) => redecode(services(), request),
    region: (request, context) => retranscribeRegion(services(), request, context.signal),
    instrument: (request, context) => changeInstrument(services(), request, context.signal),
    exportZip: (request) => exportJobZip(services(), request),
    exportMidi: (request) => exportJobMidi(request),
    peaks: (request) => stemPeaks(services(), request),
    spectrogram: (request) => stemSpectrogram(services(), request),
    readStem: async ({ jobId, stem }) => (await filesOf(jobId)).stemFile(stem),
    readSource: async ({ jobId }) => (await filesOf(jobId)).source(),
    models: () => listModels(services()),
    downloadModels: (_input, context) => downloadModels(services(), context),
    evictModel: ({ modelId }) => evictModel(services(), modelId),
    importModel: ({ file }) => importModel(services(), file),
    benchmark: ({ backend }, context) => benchmark(services(), backend, context.signal),
    capabilities: () => capabilities(services()),
    deleteJob: ({ jobId }) => deleteJob(services(), jobId),
    storage: () => storageUse(services()),
  };
}
