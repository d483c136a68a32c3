import { loadKeyExtractor } from '$lib/audio/analysis/essentia';
import type { CompressedDecoders } from '$lib/audio/decode/decode-source';
import type * as mediabunny from '$lib/audio/decode/mediabunny';
import type { PlanarAudio } from '$lib/core/audio';
import { AppError } from '$lib/core/errors';
import type { Transcription } from '$lib/core/transcription';
import { JobFiles } from '../../files/job-files';
import { BEATNET_ID } from '../../pipelines/track-beats/pipeline';
import { transcribeSong } from '../../pipelines/transcribe-song/transcribe-song';
import type { PipelineEnv } from '../../pipelines/types';
import type { Backend } from '../../runtime/capabilities';
import type { JobProgress } from '../../client/types';
import type { JobMap, TranscribeEvent } from '../protocol';
import type { JobContext } from '../serve';
import type { Services } from '../services';
import { createEnvironment } from './environment';

type Demuxer = typeof mediabunny;

/** From here on a user should know what is coming. */
const LONG_MINUTES = 30;

export async function transcribe(
  services: Services,
  request: JobMap['transcribe']['input'],
  { signal, emit, ask }: JobContext<TranscribeEvent>,
): Promise<Transcription> {
  const { jobId, file, name, settings } = request;
  const notice = (text: string): void => emit({ type: 'notice', text });
  const files = new JobFiles(await services.area(), jobId);
  const stopNotices = services.onNotice(notice);
  let last: JobProgress | undefined;
  const stopLoads = services.onLoad(({ entry, doneBytes }) => {
    const load = { phase: 'load-model', done: doneBytes, total: entry.bytes, detail: entry.name } as const;
    emit({ type: 'progress', progress: { ...load, overall: last?.overall ?? 0 } });
  });
  try {
    const started = startRuntime(services, await services.backend(settings.backend));
    await files.keepSource(file);
    const env = await createEnvironment(services, { backend: settings.backend, signal });
    const infer: PipelineEnv['infer'] = async (modelId, feeds) => {
      await started;
      return env.infer(modelId, feeds);
    };
    return await transcribeSong(
      {
        file,
        name,
        settings,
        files,
        decoders: decodersWith((blob) => ask('decode', blob)),
        loadKeyExtractor,
        onProgress(progress) {
          last = progress;
          emit({ type: 'progress', progress });
        },
        onPartial(partial) {
          emit({ type: 'partial', partial });
          if (isFirst(partial) && partial.durationSeconds > LONG_MINUTES * 60) {
            const minutes = Math.round(partial.durationSeconds / 60);
            notice(
              `A recording of ${minutes} minutes: this will take a while; you can leave the tab in the background.`,
            );
          }
        },
        onNotice: notice,
      },
      { ...env, infer },
    );
  } finally {
    stopNotices();
    stopLoads();
    // Networks hold hundreds of megabytes; the next job opens them again in a second or two. Nobody waits for it: a file that
    // could not be read is told at once, even while the runtime is still on its way.
    void services.pool().release();
  }
}

/**
 * The runtime takes seconds to start: it does so while the recording is decoded. Rejects where the model cannot be had, so that it
 * is not asked for again; what the engine itself refuses is tried again where it is needed, on another backend.
 */
function startRuntime(services: Services, backend: Backend): Promise<void> {
  const started = services
    .pool()
    .session(BEATNET_ID, backend)
    .then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof AppError) throw error;
      },
    );
  // A silent recording needs no network, and nobody waits then.
  started.catch(() => undefined);
  return started;
}

/** The demuxer is only fetched for compressed files. */
function decodersWith(decodeWhole: (file: Blob) => Promise<PlanarAudio>): CompressedDecoders {
  const demuxer = (): Promise<Demuxer> => import('$lib/audio/decode/mediabunny');
  return {
    probe: async (file) => (await demuxer()).probeContainer(file),
    decodeWhole,
    async *decodeBlocks(file, container) {
      yield* (await demuxer()).decodeWithWebCodecs(file, container);
    },
  };
}

function isFirst(partial: { readonly beats?: unknown; readonly stems: readonly unknown[] }): boolean {
  return partial.beats === undefined && partial.stems.length === 0;
}
