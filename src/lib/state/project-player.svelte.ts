import { barStarts } from '$lib/core/bars';
import { TICKS_PER_QUARTER } from '$lib/core/notes';
import type { Project } from '$lib/core/project';
import { TempoMap } from '$lib/core/tempo-map';
import { createPlaybackEngine, type PlaybackEngine, type PlaybackState } from '$lib/audio/playback';
import { renderSamples } from './render-samples';
import type { Notices } from './notices.svelte';
import { projectTracks } from './project-tracks';

/** Beyond this a "bar" comes from a damaged position, not from music. */
const MAX_BARS = 8192;

const STOPPED: PlaybackState = { ready: false, playing: false, loop: null, crossfade: 0.5, metronome: false };

/** The transport of the open project: its notes on the built-in instruments, its found samples in place. */
export class ProjectPlayer {
  state = $state.raw<PlaybackState>(STOPPED);
  /** Samples that lie in the arrangement but could not be decoded. */
  silentSamples = $state.raw<readonly string[]>([]);
  readonly #instrumentsUrl: string;
  readonly #notices: Notices;
  #engine: PlaybackEngine | undefined;
  #opening: Promise<PlaybackEngine> | undefined;
  #map = TempoMap.constant(120);

  constructor(options: { readonly notices: Notices; readonly instrumentsUrl: string }) {
    this.#instrumentsUrl = options.instrumentsUrl;
    this.#notices = options.notices;
  }

  get positionSeconds(): number {
    return this.#engine?.positionSeconds ?? 0;
  }

  get positionTicks(): number {
    return this.#map.secondsToTicks(this.positionSeconds);
  }

  /** Linear peak of what is heard. */
  get level(): number {
    return 10 ** ((this.#engine?.levelDb ?? -Infinity) / 20);
  }

  async load(project: Project, samples: ReadonlyMap<string, Blob>, signal: AbortSignal): Promise<void> {
    this.#map = TempoMap.fromPoints(project.tempoMap);
    const engine = await this.#open();
    const { blob, undecoded } = await renderSamples(project, samples, signal);
    signal.throwIfAborted();
    this.silentSamples = undecoded;
    const tracks = projectTracks(project);
    engine.seek(0);
    engine.setLoop(null);
    await engine.load({
      durationSeconds: Math.max(1, project.lengthSeconds + 2),
      originals: blob === undefined ? [] : [{ kind: 'source', blob }],
      tracks,
      ...beatTimes(project, this.#map),
    });
    // Samples are the original, notes the MIDI; where there are both, both sound.
    engine.setCrossfade(blob === undefined ? 1 : tracks.length === 0 ? 0 : 0.5);
  }

  /** Notes after an edit; the samples stay. */
  update(project: Project): void {
    this.#engine?.updateTracks(projectTracks(project)).catch((error: unknown) => this.#notices.fail(error));
  }

  toggle(): void {
    const engine = this.#engine;
    if (engine === undefined) return;
    if (this.state.playing) engine.pause();
    else engine.play().catch((error: unknown) => this.#notices.fail(error));
  }

  seekTicks(ticks: number): void {
    this.#engine?.seek(this.#map.ticksToSeconds(ticks));
  }

  setMetronome(on: boolean): void {
    this.#engine?.setMetronome(on);
  }

  audition(isDrum: boolean, pitch: number, velocity: number): void {
    this.#engine?.audition({ family: isDrum ? 'drums' : 'keys', program: 0, isDrum, pitch, velocity });
  }

  stop(): void {
    this.#engine?.pause();
  }

  dispose(): void {
    this.#engine?.dispose();
    this.#engine = undefined;
  }

  #open(): Promise<PlaybackEngine> {
    this.#opening ??= createPlaybackEngine({ instrumentsUrl: this.#instrumentsUrl }).then((engine) => {
      this.#engine = engine;
      engine.onState((state) => (this.state = state));
      this.state = engine.state;
      return engine;
    });
    this.#opening.catch(() => (this.#opening = undefined));
    return this.#opening;
  }
}

/** Beats of the arrangement, for the metronome: as many a bar as its signature says. */
function beatTimes(
  project: Project,
  map: TempoMap,
): { readonly beatsSeconds: readonly number[]; readonly downbeatsSeconds: readonly number[] } {
  const downbeats = barStarts(project.timeSignatures, project.lengthTicks, MAX_BARS);
  const beats = downbeats.flatMap((start, i) => {
    const signature = project.timeSignatures.findLast(({ tick }) => tick <= start);
    const step = (TICKS_PER_QUARTER * 4) / (signature?.denominator ?? 4);
    const end = downbeats[i + 1] ?? project.lengthTicks;
    return Array.from(
      { length: Math.max(1, Math.ceil((end - start) / step)) },
      (_, beat) => start + beat * step,
    );
  });
  const seconds = (ticks: readonly number[]): number[] => ticks.map((tick) => map.ticksToSeconds(tick));
  return { beatsSeconds: seconds(beats), downbeatsSeconds: seconds(downbeats) };
}
