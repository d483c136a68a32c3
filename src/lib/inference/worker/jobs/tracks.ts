import { AppError } from '$lib/core/errors';
import type { TranscribedTrack } from '$lib/core/transcription';
import type { TrackRequest } from '../../client/types';
import { JobFiles } from '../../files/job-files';
import { changeInstrument as change } from '../../pipelines/transcribe-song/change-instrument';
import * as revise from '../../pipelines/transcribe-song/revise';
import type { JobMap } from '../protocol';
import type { Services } from '../services';
import { createEnvironment } from './environment';

export async function redecode(
  services: Services,
  request: JobMap['redecode']['input'],
): Promise<TranscribedTrack> {
  const registry = await services.registry();
  const files = new JobFiles(await services.area(), request.jobId);
  return revise.redecodeTrack(trackOf(request), request.sensitivity, files, {
    model: (modelId) => registry.byId(modelId),
  });
}

export async function retranscribeRegion(
  services: Services,
  request: JobMap['region']['input'],
  signal: AbortSignal,
): Promise<TranscribedTrack> {
  const files = new JobFiles(await services.area(), request.jobId);
  const env = await createEnvironment(services, { backend: 'auto', signal });
  return revise.retranscribeRegion(trackOf(request), request, files, env);
}

export async function changeInstrument(
  services: Services,
  request: JobMap['instrument']['input'],
  signal: AbortSignal,
): Promise<TranscribedTrack> {
  const files = new JobFiles(await services.area(), request.jobId);
  const env = await createEnvironment(services, { backend: 'auto', signal });
  return change(trackOf(request), request, files, env);
}

function trackOf({ transcription, trackId }: TrackRequest): TranscribedTrack {
  const track = transcription.tracks.find((candidate) => candidate.id === trackId);
  if (track === undefined) throw new AppError('job-missing', trackId);
  return track;
}
