import { AppError } from '$lib/core/errors';
import { writeFile, type FileArea } from '../files/file-area';
import { USER_HTDEMUCS_ENTRY_PATH, USER_HTDEMUCS_PATH } from '../files/job-paths';
import { checkHtdemucsSignature, HTDEMUCS_MODEL_ID } from '../pipelines/separate/htdemucs-contract';
import type { Engine, ValueShape } from '../runtime/engine';
import { parseManifest, type ModelEntry } from './manifest';

/**
 * Keeps a user's HTDemucs export after a look at what goes in and comes out. Rejects with AppError
 * 'model-wrong-contract'; the file that was there before stays then.
 */
export async function keepUserModel(area: FileArea, file: Blob, engine: Engine): Promise<ModelEntry> {
  const entry = await entryOf(new Uint8Array(await file.arrayBuffer()), engine);
  await writeFile(area, USER_HTDEMUCS_PATH, file);
  await writeFile(area, USER_HTDEMUCS_ENTRY_PATH, new Blob([JSON.stringify(entry)]));
  return entry;
}

async function entryOf(bytes: Uint8Array<ArrayBuffer>, engine: Engine): Promise<ModelEntry> {
  const session = await engine.createSession(bytes, 'wasm').catch((error: unknown) => {
    const detail = error instanceof Error ? error.message : String(error);
    throw new AppError('model-wrong-contract', detail, { cause: error });
  });
  try {
    checkHtdemucsSignature(session.inputs, session.outputs);
    return userHtdemucsEntry(bytes.length, session);
  } finally {
    await session.release();
  }
}

/** The entry of the model that was kept, or undefined. */
export async function readUserModel(area: FileArea): Promise<ModelEntry | undefined> {
  const file = await area.read(USER_HTDEMUCS_ENTRY_PATH);
  if (file === undefined) return undefined;
  return parseManifest({ schemaVersion: 1, models: [JSON.parse(await file.text())] }).models[0];
}

export async function removeUserModel(area: FileArea): Promise<void> {
  await area.remove(USER_HTDEMUCS_ENTRY_PATH);
  await area.remove(USER_HTDEMUCS_PATH);
}

/** A manifest entry for the user's file; its hash is known to nobody, so it is not checked. */
function userHtdemucsEntry(
  bytes: number,
  session: { readonly inputs: readonly ValueShape[]; readonly outputs: readonly ValueShape[] },
): ModelEntry {
  const specOf = ({ name, shape }: ValueShape): ModelEntry['inputs'][number] => ({
    name,
    type: 'float32',
    shape: [...shape],
  });
  return {
    id: HTDEMUCS_MODEL_ID,
    version: 'user',
    task: 'separation',
    name: 'HTDemucs (your file)',
    url: '-',
    bytes,
    sha256: '0'.repeat(64),
    licence: 'Between you and its author',
    source: 'A file you brought',
    sampleRateHz: 44_100,
    inputs: session.inputs.map(specOf),
    outputs: session.outputs.map(specOf),
    parameters: {},
    card: '-',
  };
}
