import type { ProjectNote } from '../../core/project';
import type { Control, PatternCurve, RawPoint } from './automation';
import type { RawInsert } from './mixer';
import type { Step } from './notes';
import type { Payload } from './payload';
import type { PlaylistItem } from './playlist';

/** What the events say, before it is put together. */
export interface RawProject {
  version: string;
  majorVersion: number;
  encoding: 'utf-16' | '8-bit' | 'unknown';
  texts: Map<number, string>;
  fineBpm?: number;
  coarseBpm?: number;
  numerator: number;
  denominator: number;
  createdDays?: number;
  workDays?: number;
  mainVolume?: number;
  currentArrangement: number;
  groups: string[];
  channels: Map<number, RawChannel>;
  patterns: Map<number, RawPattern>;
  arrangements: RawArrangement[];
  inserts: RawInsert[];
  mixerParameters?: Payload;
  controls: Control[];
  steps: Step[];
}

export interface RawChannel {
  readonly id: number;
  type: number;
  isEnabled: boolean;
  insert?: number;
  internalName: string;
  name?: string;
  samplePath?: string;
  rootNote?: number;
  volume?: number;
  pan?: number;
  group?: number;
  colour?: number;
  state?: Payload;
  points?: RawPoint[];
}

export interface RawPattern {
  readonly id: number;
  name?: string;
  colour?: number;
  lengthTicks: number;
  notes: ProjectNote[];
  /** Controller events, recorded or drawn. */
  curves: PatternCurve[];
  markers: RawMarker[];
}

export interface RawMarker {
  ticks: number;
  kind: number;
  name: string;
  numerator: number;
  denominator: number;
}

interface RawTrack {
  readonly index: number;
  name?: string;
  colour: number;
  isEnabled: boolean;
}

export interface RawArrangement {
  readonly id: number;
  name?: string;
  items: PlaylistItem[];
  markers: RawMarker[];
  tracks: Map<number, RawTrack>;
}

/** The text events: 192 and on. */
export const TEXT = {
  title: 194,
  comments: 195,
  richComments: 198,
  genre: 206,
  artists: 207,
} as const;
