import type { PlanarAudio } from '$lib/core/audio';
import type { Project, ProjectClip } from '$lib/core/project';
import { encodePcm16, wavHeader16 } from '$lib/formats/wav/wav-writer';

const RATE_HZ = 44_100;
/** Beyond this the mix no longer fits in memory beside everything else: 20 minutes of stereo are 400 MB. */
const MAX_SECONDS = 20 * 60;
const BLOCK_SECONDS = 2;

export interface RenderedSamples {
  /** A 16-bit stereo WAV; undefined where no sample of the arrangement is at hand. */
  readonly blob: Blob | undefined;
  /** Names of samples the browser cannot decode. */
  readonly undecoded: readonly string[];
}

/** Mixes the samples that were found at the places where the arrangement plays them. Rejects with AbortError. */
export async function renderSamples(
  project: Project,
  samples: ReadonlyMap<string, Blob>,
  signal: AbortSignal,
): Promise<RenderedSamples> {
  const clips = project.clips.filter(
    ({ kind, sampleId, muted, startSeconds }) =>
      kind === 'audio' && muted !== true && startSeconds < MAX_SECONDS && samples.has(sampleId ?? ''),
  );
  if (clips.length === 0) return { blob: undefined, undecoded: [] };
  const end = clips.reduce((last, { endSeconds }) => Math.max(last, endSeconds), 0);
  const frames = Math.ceil(Math.min(MAX_SECONDS, end + 1) * RATE_HZ);
  const context = new OfflineAudioContext({ numberOfChannels: 2, length: frames, sampleRate: RATE_HZ });
  const { buffers, undecoded } = await decodeAll(context, project, clips, { samples, signal });
  for (const clip of clips) {
    const buffer = buffers.get(clip.sampleId ?? '');
    if (buffer !== undefined) schedule(context, project, clip, buffer);
  }
  if (buffers.size === 0) return { blob: undefined, undecoded };
  const mix = await context.startRendering();
  return { blob: await encode(mix, signal), undecoded };
}

async function decodeAll(
  context: OfflineAudioContext,
  project: Project,
  clips: readonly ProjectClip[],
  { samples, signal }: { readonly samples: ReadonlyMap<string, Blob>; readonly signal: AbortSignal },
): Promise<{ buffers: Map<string, AudioBuffer>; undecoded: string[] }> {
  const buffers = new Map<string, AudioBuffer>();
  const undecoded: string[] = [];
  for (const id of new Set(clips.map(({ sampleId }) => sampleId ?? ''))) {
    signal.throwIfAborted();
    try {
      buffers.set(id, await context.decodeAudioData(await samples.get(id)!.arrayBuffer()));
    } catch {
      undecoded.push(project.sampleRefs.find((ref) => ref.id === id)?.fileName ?? id);
    }
  }
  return { buffers, undecoded };
}

/** Warped audio is played at the speed its anchors ask for on average: in time, but not in its own pitch. */
function schedule(context: BaseAudioContext, project: Project, clip: ProjectClip, buffer: AudioBuffer): void {
  const source = new AudioBufferSourceNode(context, { buffer, playbackRate: rateOf(project, clip) });
  const channel = project.mixer.find(
    ({ id }) =>
      id === (clip.channelId ?? project.tracks.find((track) => track.id === clip.trackId)?.channelId),
  );
  const gain = new GainNode(context, {
    gain: channel?.muted === true ? 0 : (clip.gain ?? 1) * (channel?.gain ?? 1),
  });
  const pan = new StereoPannerNode(context, { pan: channel?.pan ?? 0 });
  source.connect(gain).connect(pan).connect(context.destination);
  const offset = clip.offsetSeconds ?? warpedOffset(clip);
  source.start(Math.max(0, clip.startSeconds), Math.max(0, offset));
  source.stop(Math.max(0, clip.startSeconds) + clip.endSeconds - clip.startSeconds);
}

function rateOf(project: Project, clip: ProjectClip): number {
  const first = clip.warp?.[0];
  const last = clip.warp?.at(-1);
  const semitones = 2 ** ((clip.transposeSemitones ?? 0) / 12);
  if (first === undefined || last === undefined || last.ticks <= first.ticks) return semitones;
  const bpm = project.tempoMap[0]?.bpm ?? 120;
  const heardSeconds = ((last.ticks - first.ticks) / 960) * (60 / bpm);
  const rate = (last.seconds - first.seconds) / heardSeconds;
  return rate > 0.1 && rate < 10 ? rate : semitones;
}

/** Where in the file the warped grid of a clip begins to be heard. */
function warpedOffset({ warp, offsetTicks }: ProjectClip): number {
  const first = warp?.[0];
  const last = warp?.at(-1);
  if (first === undefined || last === undefined || last.ticks <= first.ticks) return 0;
  const secondsPerTick = (last.seconds - first.seconds) / (last.ticks - first.ticks);
  return first.seconds + (offsetTicks - first.ticks) * secondsPerTick;
}

/** In short blocks, so that the page stays free. */
async function encode(mix: AudioBuffer, signal: AbortSignal): Promise<Blob> {
  const parts: BlobPart[] = [wavHeader16(RATE_HZ, 2, mix.length)];
  const channels = [mix.getChannelData(0), mix.getChannelData(1)];
  const block = BLOCK_SECONDS * RATE_HZ;
  for (let start = 0; start < mix.length; start += block) {
    signal.throwIfAborted();
    const audio: PlanarAudio = {
      sampleRateHz: RATE_HZ,
      channels: channels.map((channel) => channel.subarray(start, start + block)),
    };
    parts.push(encodePcm16(audio));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return new Blob(parts, { type: 'audio/wav' });
}
