import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { NO_EDITS, type JobRecord } from './database';
import { IndexedDbJobs } from './job-repository';

interface Settings {
  readonly backend: string;
}
const repository = new IndexedDbJobs<Settings>((stored) =>
  typeof stored === 'object' && stored !== null && 'backend' in stored
    ? { backend: String(stored.backend) }
    : { backend: 'auto' },
);

const job = (id: string, createdAtMs: number): JobRecord<Settings> => ({
  id,
  name: id,
  fileName: `${id}.mp3`,
  createdAtMs,
  updatedAtMs: createdAtMs,
  state: 'queued',
  settings: { backend: 'wasm' },
  edits: NO_EDITS,
});

describe('IndexedDbJobs', () => {
  it('lists newest first and forgets what is deleted, its waiting file included', async () => {
    await repository.put(job('a', 1));
    await repository.put(job('b', 2));
    await repository.putPending('a', new Blob(['x']));
    expect((await repository.list()).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(await repository.getPending('a')).toBeDefined();
    await repository.delete('a');
    expect(await repository.get('a')).toBeUndefined();
    expect(await repository.getPending('a')).toBeUndefined();
  });

  it('repairs settings that an older version stored', async () => {
    const old: JobRecord<unknown> = { ...job('old', 3), settings: undefined };
    await new IndexedDbJobs<unknown>((stored) => stored).put(old);
    expect((await repository.get('old'))?.settings).toEqual({ backend: 'auto' });
  });
});
