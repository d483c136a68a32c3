import { AppError } from '$lib/core/errors';
import type { ModelStatus } from '../../client/types';
import { writeFile } from '../../files/file-area';
import { USER_HTDEMUCS_PATH } from '../../files/job-paths';
import { checkHtdemucsShapes, USER_HTDEMUCS_ID, userHtdemucsEntry } from '../../models/user-model';
import type { Services } from '../services';
import { statusOf } from './library';

/**
 * Keeps a user's HTDemucs export after a look at what goes in and comes out. Rejects with AppError
 * 'model-wrong-contract'; the file that was there before stays then.
 */
export async function importModel(services: Services, file: Blob): Promise<ModelStatus> {
  const area = await services.area();
  const bytes = new Uint8Array(await file.arrayBuffer());
  const session = await services
    .engine()
    .createSession(bytes, 'wasm')
    .catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      throw new AppError('model-wrong-contract', detail, { cause: error });
    });
  try {
    checkHtdemucsShapes(session);
  } finally {
    await session.release();
  }
  await services.pool().release(USER_HTDEMUCS_ID);
  await writeFile(area, USER_HTDEMUCS_PATH, file);
  return statusOf(userHtdemucsEntry(file.size), true, true);
}
