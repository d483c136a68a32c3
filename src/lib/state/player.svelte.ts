import { describeError } from '$lib/core/errors';
import type { StemKind, TranscribedTrack } from '$lib/core/transcription';
import {
  createPlaybackEngine,
  type PlaybackEngine,
  type PlaybackState,
  type PlaybackTrack,
} from '$lib/audio/playback';
import type { JobDocument } from './job-document.svelte';
import type { Notices } from './notices.svelte';

interface Services {
  readonly instrumentsUrl: string;
  readonly readStem: (jobId: string, stem: StemKind) => Promise<Blob>;
  readonly notices: Notices;
}

const STOPPED: PlaybackState = { ready: false, playing: false, loop: null, crossfade: 0, metronome: false };

/** The transport of the open job: the original and the MIDI on one clock. */
export class Player {
  state = $state.raw<PlaybackState>(STOPPED);
  readonly #services: Services;
  #engine: PlaybackEngine | undefined;
  #opening: Promise<PlaybackEngine> | undefined;
  #loadedJobId: string | undefined;
  #tracks: readonly TranscribedTrack[] = [];
  /** Kept while the engine is not there yet. */
  #crossfade = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  get positionSeconds(): number {
    return this.#engine?.positionSeconds ?? 0;
  }

  /** Linear peak of what is heard. */
  get level(): number {
    return 10 ** ((this.#engine?.levelDb ?? -Infinity) / 20);
  }

  /** Makes a finished job playable: stems first, where they are still kept. */
  async load(document: JobDocument): Promise<void> {
    const { jobId, transcription } = document;
    this.#loadedJobId = jobId;
    try {
      const engine = await this.#open();
      const originals: { kind: StemKind; blob: Blob }[] = [];
      for (const stem of transcription.stems) {
        try {
          originals.push({ kind: stem, blob: await this.#services.readStem(jobId, stem) });
        } catch (error) {
          // The MIDI still plays without it.
          this.#services.notices.warn(
            `The audio of the ${stem} stem is gone: ${describeError(error).what}`,
            jobId,
          );
        }
      }
      if (this.#loadedJobId !== jobId) return;
      this.#tracks = document.transcription.tracks;
      engine.seek(0);
      engine.setLoop(null);
      await engine.load({
        durationSeconds: transcription.source.durationSeconds,
        originals,
        tracks: this.#tracks.map(playbackTrack),
        beatsSeconds: transcription.beats.beatsSeconds,
        downbeatsSeconds: transcription.beats.downbeatsSeconds,
      });
      this.#applyMix(document);
    } catch (error) {
      if (this.#loadedJobId === jobId) this.#services.notices.fail(error);
    }
  }

  /** Hands edits and mix changes on. */
  sync(document: JobDocument): void {
    const engine = this.#engine;
    const { tracks } = document.transcription;
    this.#applyMix(document);
    if (engine === undefined || this.#loadedJobId !== document.jobId || tracks === this.#tracks) return;
    this.#tracks = tracks;
    engine
      .updateTracks(tracks.map(playbackTrack))
      .catch((error: unknown) => this.#services.notices.fail(error));
  }

  toggle(): void {
    const engine = this.#engine;
    if (engine === undefined) return;
    if (this.state.playing) engine.pause();
    else engine.play().catch((error: unknown) => this.#services.notices.fail(error));
  }

  seek(seconds: number): void {
    this.#engine?.seek(seconds);
  }

  setLoop(loop: PlaybackState['loop']): void {
    this.#engine?.setLoop(loop);
  }

  setCrossfade(position: number): void {
    this.#crossfade = position;
    this.state = { ...this.state, crossfade: position };
    this.#engine?.setCrossfade(position);
  }

  setMetronome(on: boolean): void {
    this.#engine?.setMetronome(on);
  }

  audition(track: TranscribedTrack, pitch: number, velocity: number): void {
    const { family, program, isDrum } = track;
    this.#engine?.audition({ family, program, isDrum, pitch, velocity });
  }

  /** Silence: the job was closed. */
  stop(): void {
    this.#loadedJobId = undefined;
    this.#engine?.pause();
  }

  dispose(): void {
    this.#engine?.dispose();
    this.#engine = undefined;
  }

  #open(): Promise<PlaybackEngine> {
    this.#opening ??= createPlaybackEngine({ instrumentsUrl: this.#services.instrumentsUrl }).then(
      (engine) => {
        this.#engine = engine;
        engine.setCrossfade(this.#crossfade);
        engine.onState((state) => (this.state = state));
        this.state = engine.state;
        return engine;
      },
    );
    this.#opening.catch(() => (this.#opening = undefined));
    return this.#opening;
  }

  #applyMix(document: JobDocument): void {
    const { tracks } = document.transcription;
    for (const { id } of tracks) {
      const mix = document.mixOf(id);
      this.#engine?.setTrack(id, mix);
    }
  }
}

function playbackTrack({ id, family, program, isDrum, stem, notes }: TranscribedTrack): PlaybackTrack {
  return { id, family, program, isDrum, stem, notes };
}
