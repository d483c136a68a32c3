import type { Capabilities, DownloadProgress, ModelStatus, StorageUse } from '../../client/types';
import { JobFiles } from '../../files/job-files';
import { JOBS_FOLDER, MODELS_FOLDER } from '../../files/job-paths';
import { entriesFor, type ModelEntry } from '../../models/manifest';
import { removeUserModel } from '../../models/user-model';
import { HTDEMUCS_MODEL_ID } from '../../pipelines/separate/htdemucs-contract';
import type { JobContext } from '../serve';
import type { Services } from '../services';

export async function listModels(services: Services): Promise<readonly ModelStatus[]> {
  const store = await services.store();
  const backend = await services.backend('auto');
  const rows: ModelStatus[] = [];
  for (const entry of (await services.registry()).entries) {
    const needed = entriesFor(entry, backend);
    const stored = await Promise.all(needed.map((each) => store.isStored(each)));
    rows.push({ ...statusOf(entry, stored.every(Boolean), false), bytes: totalBytesOf(needed) });
  }
  const own = await services.userModel();
  return own === undefined ? rows : [...rows, statusOf(own, true, true)];
}

export function statusOf(entry: ModelEntry, stored: boolean, isUserModel: boolean): ModelStatus {
  const { id, version, name, task, bytes, licence, source, attribution } = entry;
  return {
    id,
    version,
    name,
    task,
    bytes,
    licence,
    source,
    ...(attribution === undefined ? {} : { attribution }),
    stored,
    isUserModel,
  };
}

function totalBytesOf(entries: readonly ModelEntry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}

export async function downloadModels(
  services: Services,
  { signal, emit }: JobContext<DownloadProgress>,
): Promise<null> {
  const registry = await services.registry();
  const store = await services.store();
  await store.removeOutdated(registry.entries);
  const backend = await services.backend('auto');
  const entries = registry.entries.flatMap((entry) => entriesFor(entry, backend));
  const totalBytes = totalBytesOf(entries);
  let before = 0;
  for (const entry of entries) {
    signal.throwIfAborted();
    const report = (done: number): void => emit({ modelId: entry.id, doneBytes: before + done, totalBytes });
    await store.load(entry, report);
    before += entry.bytes;
    report(0);
  }
  return null;
}

export async function evictModel(services: Services, modelId: string): Promise<null> {
  if (modelId === HTDEMUCS_MODEL_ID) await removeUserModel(await services.area());
  else await (await services.store()).evict(modelId);
  return null;
}

export async function capabilities(services: Services): Promise<Capabilities> {
  return {
    ...(await services.adapter()),
    threads: services.threads(),
    isolated: self.crossOriginIsolated,
  };
}

export async function deleteJob(services: Services, jobId: string): Promise<null> {
  await new JobFiles(await services.area(), jobId).removeAll();
  return null;
}

export async function storageUse(services: Services): Promise<StorageUse> {
  const area = await services.area();
  const perJob: Record<string, number> = {};
  for (const { path, bytes } of await area.list(JOBS_FOLDER)) {
    const jobId = path.split('/')[1]!;
    perJob[jobId] = (perJob[jobId] ?? 0) + bytes;
  }
  const models = [...(await area.list(MODELS_FOLDER)), ...(await area.list('user-models'))];
  const modelsBytes = models.reduce((sum, { bytes }) => sum + bytes, 0);
  const listed = Object.values(perJob).reduce((sum, bytes) => sum + bytes, modelsBytes);
  const estimate = await area.estimate();
  return {
    usedBytes: estimate?.usedBytes ?? listed,
    quotaBytes: estimate?.quotaBytes ?? 0,
    perJob,
    modelsBytes,
  };
}
