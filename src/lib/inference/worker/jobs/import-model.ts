import type { ModelStatus } from '../../client/types';
import { keepUserModel } from '../../models/user-model';
import type { Services } from '../services';
import { statusOf } from './library';

/** Rejects with AppError 'model-wrong-contract' where the file is no HTDemucs export. */
export async function importModel(services: Services, file: Blob): Promise<ModelStatus> {
  const entry = await keepUserModel(await services.area(), file, services.engine());
  await services.pool().release(entry.id);
  return statusOf(entry, true, true);
}
