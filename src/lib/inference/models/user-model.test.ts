import { describe, expect, it } from 'vitest';
import { memoryFileArea } from '../files/file-area';
import { USER_HTDEMUCS_PATH } from '../files/job-paths';
import type { Engine, ValueShape } from '../runtime/engine';
import { keepUserModel, readUserModel, removeUserModel } from './user-model';

const INPUTS: readonly ValueShape[] = [
  { name: 'input', shape: [1, 2, 343_980] },
  { name: 'x', shape: ['batch', 4, 2048, 336] },
];
const OUTPUTS: readonly ValueShape[] = [
  { name: 'output', shape: [1, 4, 4, 2048, 336] },
  { name: 'add_67', shape: [1, 4, 2, 343_980] },
];

function engine(inputs: readonly ValueShape[], outputs = OUTPUTS): Engine {
  return {
    createSession: () =>
      Promise.resolve({
        inputs,
        outputs,
        run: () => Promise.reject(new Error('not to be run')),
        release: () => Promise.resolve(),
      }),
  };
}

describe('the model that a user brings', () => {
  it('is kept with the names of its inputs and outputs, and removed again', async () => {
    const area = memoryFileArea();
    const file = new Blob(['onnx']);
    const entry = await keepUserModel(area, file, engine(INPUTS));
    expect(entry).toMatchObject({ id: 'htdemucs', bytes: 4 });
    expect(await readUserModel(area)).toEqual(entry);
    expect((await readUserModel(area))!.inputs.map((input) => input.name)).toEqual(['input', 'x']);
    await removeUserModel(area);
    expect(await readUserModel(area)).toBeUndefined();
    expect(await area.read(USER_HTDEMUCS_PATH)).toBeUndefined();
  });

  it('is refused where it is another network, and the kept one stays', async () => {
    const area = memoryFileArea();
    await keepUserModel(area, new Blob(['good']), engine(INPUTS));
    const wrong = [{ name: 'audio', shape: [1, 16_000] }];
    await expect(keepUserModel(area, new Blob(['x']), engine(wrong))).rejects.toMatchObject({
      code: 'model-wrong-contract',
    });
    const broken: Engine = { createSession: () => Promise.reject(new Error('protobuf parsing failed')) };
    await expect(keepUserModel(area, new Blob(['x']), broken)).rejects.toMatchObject({
      code: 'model-wrong-contract',
    });
    expect((await area.read(USER_HTDEMUCS_PATH))?.size).toBe(4);
  });
});
