import { decodeSource, type DecodedSource } from '$lib/audio/decode/decode-source';
import { keyOfAudio } from '$lib/audio/analysis/key';
import { sumReader } from '$lib/audio/dsp/mix-reader';
import type { AudioReader } from '$lib/core/audio';
import { STEM_KINDS, type KeyEstimate, type StemKind, type Transcription } from '$lib/core/transcription';
import { sha256OfBlob } from '../../models/hash';
import { REFINED_STEMS } from '../refine-stems/pipeline';
import { DRUM_MODEL_ID } from '../transcribe-drums/kit';
import { defaultBeats } from '../track-beats/analyse';
import { trackBeats } from '../track-beats/pipeline';
import type { PipelineEnv } from '../types';
import { DRUMS_NAME, hearDrums } from './hear-drums';
import { separateSong, type SeparatedSong } from './separate-song';
import { hearPitched } from './hear-pitched';
import { refineSong } from './refine-song';
import { SongProgress } from './song-progress';
import { ORIGINS_NAME, type HeardTrack, type SongInput, type SongPartial, type TrackOrigin } from './types';

const NO_KEY: KeyEstimate = { tonic: 'C', mode: 'major', confidence: 0 };

/**
 * The main job: a file in, a transcription out. What is found on the way is reported as it is found; network outputs,
 * stems and peaks are kept in the job's files. Rejects with AppError, or AbortError when `env.signal` is raised.
 */
export async function transcribeSong(input: SongInput, env: PipelineEnv): Promise<Transcription> {
  const progress = new SongProgress((report) => input.onProgress(report));
  const used = new Set<string>();
  const envFor = (report: PipelineEnv['report']): PipelineEnv => ({
    ...env,
    report,
    infer(modelId, feeds) {
      used.add(modelId);
      return env.infer(modelId, feeds);
    },
  });
  const { files } = input;

  const decoded = await progress.stage('decode', (report) =>
    decode(input, env, (share) => report({ phase: 'decode', done: share, total: 1 })),
  );
  const { durationSeconds } = decoded.audio;
  let partial: SongPartial = { durationSeconds, stems: [], tracks: [] };
  const show = (more: Partial<SongPartial>): void => {
    partial = { ...partial, ...more };
    input.onPartial(partial);
  };
  show({});
  try {
    if (decoded.audio.isSilent) {
      const warnings = [
        ...decoded.audio.warnings,
        'The recording is silent: there is nothing to transcribe.',
      ];
      for (const warning of warnings) input.onNotice(warning);
      return result(input, decoded, {
        beats: defaultBeats(durationSeconds),
        key: NO_KEY,
        warnings,
        progress,
        env,
        used,
      });
    }
    for (const warning of decoded.audio.warnings) input.onNotice(warning);
    const mix = await files.openDecoded();

    const beats = await progress.stage('beats', (report) => trackBeats.run({ audio: mix }, envFor(report)));
    show({ beats });

    let song = await progress.stage('separate', (report) => separateSong(mix, input, envFor(report)));
    const key = await progress.stage('recognise', () =>
      keyOfAudio(withoutDrums(song, mix), env.signal, input.loadKeyExtractor),
    );
    show({ key, stems: song.audible });

    const origins: Record<string, TrackOrigin> = {};
    const heard: HeardTrack[] = [];
    const add = (tracks: readonly HeardTrack[]): void => {
      heard.push(...tracks);
      for (const { track, origin } of tracks) origins[track.id] = origin;
      show({ tracks: heard.map(({ track }) => track) });
    };
    await progress.stage('drums', async (report) => {
      const drums = song.stems.get('drums');
      if (drums === undefined || !song.audible.includes('drums')) return;
      if (env.model(DRUM_MODEL_ID) === undefined) {
        input.onNotice('No drum model is installed: the drums were left out.');
        return;
      }
      const { heard: track, stored } = await hearDrums(mix, drums, envFor(report));
      await files.saveActivations(DRUMS_NAME, stored);
      if (track !== undefined) add([track]);
    });
    await hearPitched({
      input,
      mix,
      song,
      progress,
      envFor,
      add,
      async refine(groups, refineEnv) {
        const strokes = heard.find(({ origin }) => origin.method === 'drums')?.track.notes ?? [];
        song = await refineSong(song, { groups, strokes }, { files, mix }, refineEnv);
        show({ stems: song.audible });
        return song.audible;
      },
    });
    await progress.stage('save', () => files.saveActivations(ORIGINS_NAME, origins));

    const tracks = heard.map(({ track }) => track);
    return result(input, decoded, {
      beats,
      key,
      stems: song.audible,
      tracks,
      warnings: decoded.audio.warnings,
      progress,
      env,
      used,
    });
  } finally {
    await files.removeDecoded();
    await files.removeRoughStems();
  }
}

interface Decoded {
  readonly audio: DecodedSource;
  readonly sha256: string;
}

async function decode(
  input: SongInput,
  env: PipelineEnv,
  onShare: (share: number) => void,
): Promise<Decoded> {
  const { file, files, decoders } = input;
  const output = await files.createDecoded();
  try {
    const audio = await decodeSource(file, output, {
      decoders,
      // Three of the stems are there twice while they are corrected.
      reserve: (durationSeconds) => files.reserve(durationSeconds, STEM_KINDS.length + REFINED_STEMS.length),
      signal: env.signal,
      onShare,
    });
    await output.close();
    await files.savePeaks('source', audio.peaks);
    return { audio, sha256: await sha256OfBlob(file, env.signal) };
  } catch (error) {
    await output.close().catch(() => undefined);
    await files.removeDecoded();
    throw error;
  }
}

/** All that has a pitch: the mix where nothing was separated. */
function withoutDrums(song: SeparatedSong, mix: AudioReader): AudioReader {
  const kinds: readonly StemKind[] = ['bass', 'vocals', 'other'];
  const readers = kinds.flatMap((kind) => song.stems.get(kind) ?? []);
  return readers.length === 0 ? mix : sumReader(readers);
}

interface Findings extends Partial<Pick<Transcription, 'stems' | 'tracks'>> {
  readonly beats: Transcription['beats'];
  readonly key: KeyEstimate;
  readonly warnings: readonly string[];
  readonly progress: SongProgress;
  readonly env: PipelineEnv;
  readonly used: ReadonlySet<string>;
}

function result(input: SongInput, decoded: Decoded, findings: Findings): Transcription {
  const { beats, key, stems = [], tracks = [], warnings, progress, env, used } = findings;
  const { durationSeconds, sampleRateHz, channels } = decoded.audio;
  return {
    schemaVersion: 1,
    source: { name: input.name, sha256: decoded.sha256, durationSeconds, sampleRateHz, channels },
    beats,
    key,
    stems,
    tracks,
    models: [...used].flatMap((id) => {
      const entry = env.model(id);
      return entry === undefined ? [] : [{ id, version: entry.version, sha256: entry.sha256 }];
    }),
    timings: progress.timings,
    warnings,
  };
}
