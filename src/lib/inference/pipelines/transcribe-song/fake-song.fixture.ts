import type { CompressedDecoders } from '$lib/audio/decode/decode-source';
import { NOTES_HOP_SAMPLES, NOTES_SAMPLE_RATE_HZ } from '$lib/audio/dsp/notes-spectrum';
import { encodePcm16, wavHeader16 } from '$lib/formats/wav/wav-writer';
import { memoryFileArea, type FileArea } from '../../files/file-area';
import { JobFiles } from '../../files/job-files';
import type { ModelEntry } from '../../models/manifest';
import { EDGE_FRAMES } from '../transcribe-notes/pipeline';
import { PLAIN_PARAMETERS } from '../transcribe-notes/plain-parameters.fixture';
import type { PipelineEnv, Tensor, Tensors } from '../types';
import type { SongProgressReport } from './song-progress';
import type { SongInput, SongPartial } from './types';

export const RATE_HZ = 44_100;
/** Frames to each side of the fake notes network's answers, inside a song. */
const CONTEXT_FRAMES = 40;
const NOTE_FRAME_SECONDS = NOTES_HOP_SAMPLES / NOTES_SAMPLE_RATE_HZ;

/** A bass note and clicks twice a second; `gain` 0 for silence. */
export function songFile(seconds: number, gain = 0.5): Blob {
  const length = Math.round(seconds * RATE_HZ);
  const samples = Float32Array.from({ length }, (_, i) => {
    const t = i / RATE_HZ;
    const click = Math.sin(i * i) * Math.exp(-(t % 0.5) * 80);
    return gain * (0.6 * Math.sin(2 * Math.PI * 98 * t) + 0.4 * click);
  });
  const audio = { sampleRateHz: RATE_HZ, channels: [samples, samples] };
  return new Blob([wavHeader16(RATE_HZ, 2, length), encodePcm16(audio)]);
}

const NO_DECODERS: CompressedDecoders = {
  probe: () => Promise.resolve(undefined),
  decodeWhole: () => Promise.reject(new Error('EncodingError')),
  decodeBlocks: () => {
    throw new Error('EncodingError');
  },
};

export interface SongWorld {
  readonly area: FileArea;
  readonly files: JobFiles;
  readonly input: SongInput;
  readonly reports: SongProgressReport[];
  readonly partials: SongPartial[];
  readonly notices: string[];
}

export function songWorld(file: Blob, overrides: Partial<SongInput> = {}): SongWorld {
  const area = memoryFileArea();
  const files = new JobFiles(area, 'job');
  const reports: SongProgressReport[] = [];
  const partials: SongPartial[] = [];
  const notices: string[] = [];
  const input: SongInput = {
    file,
    name: 'song.wav',
    settings: { separationModel: 'embedded', noteModel: 'auto' },
    files,
    decoders: NO_DECODERS,
    onProgress: (report) => reports.push(report),
    onPartial: (partial) => partials.push(partial),
    onNotice: (text) => notices.push(text),
    ...overrides,
  };
  return { area, files, input, reports, partials, notices };
}

function entry(id: string, parameters: Record<string, unknown>): ModelEntry {
  return {
    id,
    version: '1',
    task: id,
    name: id,
    url: `${id}/1/model.onnx`,
    bytes: 1,
    sha256: 'a'.repeat(64),
    licence: 'MIT',
    source: 'here',
    sampleRateHz: 16_000,
    inputs: [],
    outputs: [],
    parameters,
    card: 'card.md',
  };
}

const ENTRIES: readonly ModelEntry[] = [
  entry('beatnet', {}),
  entry('refine', { drumsRise: 0.5 }),
  entry('notes', {
    ...PLAIN_PARAMETERS,
    contextFrames: CONTEXT_FRAMES,
    classes: [
      { name: 'piano', family: 'keys', program: 0 },
      { name: 'guitar', family: 'guitar', program: 25 },
    ],
  }),
];

/** Onsets that the fake notes network hears in each run, in seconds from where the run's answers begin. */
export const FAKE_ONSETS_SECONDS = [10, 20, 30, 40, 50, 150].map((frame) => frame * NOTE_FRAME_SECONDS);

function zeros(...dims: number[]): Tensor {
  return { data: new Float32Array(dims.reduce((a, b) => a * b, 1)), dims };
}

/** Notes on middle C, each 0.16 s, surely a piano; the fifth is unsure. */
function fakeNotes(frames: number, onsetsSeconds: readonly number[]): Tensors {
  const onset = zeros(1, frames, 88);
  const frame = zeros(1, frames, 88);
  const velocity = zeros(1, frames, 88);
  const classes = zeros(1, frames, 88, 2);
  onsetsSeconds.forEach((seconds, index) => {
    const first = EDGE_FRAMES + Math.round(seconds / NOTE_FRAME_SECONDS);
    onset.data[first * 88 + 39] = index === 4 ? 0.3 : 0.9;
    for (let f = first; f < first + 5; f++) {
      frame.data[f * 88 + 39] = 0.9;
      velocity.data[f * 88 + 39] = 0.7;
      classes.data[(f * 88 + 39) * 2 + 1] = -5;
    }
  });
  return { onset, frame, velocity, classes };
}

/** A refiner that gives everything to the bass. */
function allBass({ dims }: Tensor): Tensor {
  const masks = zeros(1, 3, dims[2]!, dims[3]!);
  const plane = dims[2]! * dims[3]!;
  masks.data.fill(1, plane, 2 * plane);
  return masks;
}

/** An environment with a beat tracker that hears nothing and a notes network that always hears the same. */
export function fakeEnv(
  options: {
    readonly models?: readonly string[];
    readonly signal?: AbortSignal;
    /** Nothing that has a pitch. */
    readonly withoutNotes?: boolean;
    onInfer?(modelId: string): void;
  } = {},
): PipelineEnv {
  const { models = ['beatnet', 'notes'], signal = new AbortController().signal } = options;
  return {
    infer(modelId, feeds) {
      options.onInfer?.(modelId);
      const frames = Object.values(feeds)[0]!.dims;
      if (modelId === 'refine') return Promise.resolve({ masks: allBass(feeds['features']!) });
      if (modelId === 'notes')
        return Promise.resolve(
          fakeNotes(frames[1]!, options.withoutNotes === true ? [] : FAKE_ONSETS_SECONDS),
        );
      return Promise.resolve({
        chances: zeros(frames[0]!, 3),
        hidden_next: zeros(6, 1, 150),
        cell_next: zeros(6, 1, 150),
      });
    },
    model: (modelId) => (models.includes(modelId) ? ENTRIES.find(({ id }) => id === modelId) : undefined),
    signal,
    report: () => undefined,
  };
}
