import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { AppErrorCode } from '$lib/core/errors';
import type { Transcription } from '$lib/core/transcription';

type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';

/** How one track is heard; absent fields are neutral. */
export interface TrackMix {
  readonly mute: boolean;
  readonly solo: boolean;
  readonly gainDb: number;
  /** -1 left to 1 right. */
  readonly pan: number;
}

/** What the user changed about a job besides its notes. */
export interface JobEdits {
  readonly mix: Readonly<Record<string, TrackMix>>;
  /** 0-1 per track id; 0.5 where absent. */
  readonly sensitivity: Readonly<Record<string, number>>;
}

export const NO_EDITS: JobEdits = { mix: {}, sensitivity: {} };

/**
 * One recording and what is known about it. `Settings` is whatever the engine was asked with: the library keeps it,
 * it does not read it.
 */
export interface JobRecord<Settings = unknown> {
  readonly id: string;
  readonly name: string;
  readonly fileName: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly state: JobState;
  readonly settings: Settings;
  readonly errorCode?: AppErrorCode;
  readonly errorDetail?: string;
  /** As it stands, edits included. */
  readonly transcription?: Transcription;
  /** As it was first heard, kept from the first edit on. */
  readonly heard?: Transcription;
  readonly edits: JobEdits;
  /** Deleted by the user; gone for good at the next visit. */
  readonly isBinned?: boolean;
}

interface LoopMindSchema extends DBSchema {
  jobs: { key: string; value: JobRecord; indexes: { createdAtMs: number } };
  /** Files that wait in the queue: the engine keeps its own copy once a job runs. */
  pending: { key: string; value: Blob };
}

export type LoopMindDatabase = IDBPDatabase<LoopMindSchema>;

const NAME = 'loopmind';
const VERSION = 1;

/** Opens the database, made or migrated as needed. Rejects where the browser keeps no site data. */
export function openDatabase(onBlocking: () => void): Promise<LoopMindDatabase> {
  return openDB<LoopMindSchema>(NAME, VERSION, {
    upgrade(database, oldVersion) {
      if (oldVersion < 1) {
        const jobs = database.createObjectStore('jobs', { keyPath: 'id' });
        jobs.createIndex('createdAtMs', 'createdAtMs');
        database.createObjectStore('pending');
      }
    },
    blocking: onBlocking,
  });
}
