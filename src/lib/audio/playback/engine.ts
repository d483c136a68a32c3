import { InstrumentLibrary } from './instruments/library';
import type { Instrument } from './instruments/instrument';
import { voicingOf } from './instruments/patches';
import { dbToGain } from './levels';
import { PeakMeter } from './meter';
import { Metronome } from './metronome';
import { Mixer, type TrackChannel } from './mixer';
import { nextBlockSeconds } from './original-player';
import { positionAfter, spans, usableLoop, type Span } from './timeline';
import type { MasterGraph } from './tone-graph';
import type {
  AuditionNote,
  LoopRegion,
  PlaybackEngine,
  PlaybackSource,
  PlaybackState,
  PlaybackTrack,
  TrackMix,
} from './types';

/** Five ticks: one late tick, or a busy main thread for two hundred milliseconds, is not heard. */
const LOOK_AHEAD_SECONDS = 0.25;
const START_DELAY_SECONDS = 0.03;
const READ_AHEAD_SECONDS = 3;
/** Long notes are picked up in their middle, short ones are not worth an attack in the wrong place. */
const CHASE_SECONDS = 0.15;
/** One note in a tick may be as many as this; more than an ear or a main thread could take. */
const MAX_NOTES_PER_TICK = 256;

/** See {@link PlaybackEngine}. */
export class Engine implements PlaybackEngine {
  readonly #graph: MasterGraph;
  readonly #library: InstrumentLibrary;
  readonly #mixer: Mixer;
  readonly #metronome: Metronome;
  readonly #meter: PeakMeter;
  readonly #auditioned = new Map<string, Instrument>();
  readonly #listeners = new Set<(state: PlaybackState) => void>();

  #state: PlaybackState = { ready: false, playing: false, loop: null, crossfade: 0, metronome: false };
  #durationSeconds = 0;
  #wantedLoop: LoopRegion | null = null;
  /** Position at `#anchorTime` while playing, the position itself while not. */
  #anchorSeconds = 0;
  #anchorTime = 0;
  /** How far the clock's future is filled, in seconds since the anchor. */
  #scheduledSeconds = 0;
  /** The same for originals, which go on to the end of a block at a time: few joins. */
  #originalsSeconds = 0;
  #loads = 0;

  constructor(graph: MasterGraph, instrumentsUrl: string) {
    this.#graph = graph;
    const { context, master } = graph;
    this.#library = new InstrumentLibrary(instrumentsUrl, context);
    this.#mixer = new Mixer(this.#graph, this.#library);
    this.#metronome = new Metronome(context, master);
    this.#meter = new PeakMeter(this.#graph.meter);
    this.#mixer.setCrossfade(0);
    this.#graph.onTick(() => this.#tick());
  }

  async load(source: PlaybackSource): Promise<void> {
    const load = ++this.#loads;
    this.pause();
    this.#update({ ready: false });
    this.#durationSeconds = source.durationSeconds;
    this.#anchorSeconds = Math.min(this.#anchorSeconds, source.durationSeconds);
    this.#update({ loop: usableLoop(this.#wantedLoop, source.durationSeconds) });
    this.#metronome.setBeats(source.beatsSeconds, source.downbeatsSeconds);
    const [failedTracks, failedOriginals] = await Promise.all([
      this.#mixer.loadTracks(source.tracks),
      this.#mixer.loadOriginals(source.originals),
    ]);
    if (load !== this.#loads) return;
    this.#report(failedTracks, failedOriginals);
    await this.#mixer.matchLoudness().catch(() => undefined);
    if (load === this.#loads) this.#update({ ready: true });
  }

  async updateTracks(tracks: readonly PlaybackTrack[]): Promise<void> {
    const known = this.#mixer.tracks;
    const sameSounds =
      known.length === tracks.length &&
      tracks.every((track) => {
        const old = this.#mixer.channel(track.id)?.track;
        return old !== undefined && old.family === track.family && old.program === track.program;
      });
    this.#report(await this.#mixer.loadTracks(tracks), []);
    if (!sameSounds) await this.#mixer.matchLoudness().catch(() => undefined);
  }

  async play(): Promise<void> {
    if (this.#state.playing) return;
    await this.#graph.context.resume();
    if (this.#anchorSeconds >= this.#durationSeconds - 0.01)
      this.#anchorSeconds = this.#state.loop?.startSeconds ?? 0;
    await Promise.all(
      this.#mixer.originals.map(({ player }) => player.prefetch(this.#anchorSeconds, LOOK_AHEAD_SECONDS)),
    );
    this.#update({ playing: true });
    this.#start();
  }

  pause(): void {
    if (!this.#state.playing) return;
    this.#anchorSeconds = this.positionSeconds;
    this.#mixer.stop();
    this.#update({ playing: false });
  }

  seek(seconds: number): void {
    this.#anchorSeconds = Math.min(this.#durationSeconds, Math.max(0, seconds));
    if (!this.#state.playing) return;
    this.#mixer.stop();
    this.#start();
  }

  setLoop(loop: LoopRegion | null): void {
    const position = this.positionSeconds;
    this.#wantedLoop = loop;
    this.#update({ loop: usableLoop(loop, this.#durationSeconds) });
    if (this.#state.playing) this.seek(position);
  }

  setCrossfade(position: number): void {
    const crossfade = Math.min(1, Math.max(0, position));
    this.#mixer.setCrossfade(crossfade);
    this.#update({ crossfade });
  }

  setTrack(id: string, mix: Partial<TrackMix>): void {
    this.#mixer.setMix(id, mix);
  }

  setMetronome(on: boolean): void {
    this.#metronome.on = on;
    this.#update({ metronome: on });
  }

  setMasterGainDb(gainDb: number): void {
    this.#graph.master.gain.setTargetAtTime(dbToGain(gainDb), this.#graph.context.currentTime, 0.015);
  }

  audition(note: AuditionNote): void {
    void this.#audition(note).catch(() => this.#update({ problem: 'An instrument could not be loaded.' }));
  }

  async #audition(note: AuditionNote): Promise<void> {
    const { context, master } = this.#graph;
    await context.resume();
    const voicing = voicingOf(note.family, note.program, note.isDrum);
    await this.#library.prepare(voicing);
    const voice = {
      pitch: note.pitch,
      velocity: note.velocity,
      durationSeconds: note.durationSeconds ?? 0.4,
    };
    // Not through the track's own strip: that one is silent while only the original is heard.
    const key = `${note.family} ${note.program} ${note.isDrum}`;
    const instrument =
      this.#auditioned.get(key) ?? this.#library.create(context, this.#auditionBus(master), voicing);
    if (instrument === undefined) return;
    this.#auditioned.set(key, instrument);
    instrument.play(voice, context.currentTime + 0.005);
  }

  #auditionBus(master: AudioNode): AudioNode {
    const bus = this.#graph.context.createGain();
    bus.gain.value = 0.6;
    bus.connect(master);
    return bus;
  }

  get positionSeconds(): number {
    if (!this.#state.playing) return this.#anchorSeconds;
    const { context } = this.#graph;
    // What is heard now left the graph an output latency ago.
    const latency = Number.isFinite(context.outputLatency) ? context.outputLatency : 0;
    const elapsedSeconds = Math.max(0, context.currentTime - latency - this.#anchorTime);
    return this.#positionAt(elapsedSeconds);
  }

  get levelDb(): number {
    return this.#meter.peakDb;
  }

  trackLevelDb(id: string): number {
    return this.#mixer.trackLevelDb(id);
  }

  get state(): PlaybackState {
    return this.#state;
  }

  onState(listener: (state: PlaybackState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    this.#loads++;
    this.#mixer.stop();
    this.#listeners.clear();
    this.#state = { ...this.#state, playing: false };
    this.#graph.dispose();
  }

  #positionAt(elapsedSeconds: number): number {
    return positionAfter({
      fromSeconds: this.#anchorSeconds,
      elapsedSeconds,
      durationSeconds: this.#durationSeconds,
      loop: this.#state.loop,
    });
  }

  /** Anchors the clock on a whole frame and fills the first stretch. */
  #start(): void {
    const { currentTime, sampleRate } = this.#graph.context;
    const at = currentTime + START_DELAY_SECONDS;
    this.#anchorTime = Math.ceil(at * sampleRate) / sampleRate;
    this.#anchorSeconds = Math.round(this.#anchorSeconds * sampleRate) / sampleRate;
    this.#scheduledSeconds = 0;
    this.#originalsSeconds = 0;
    for (const channel of this.#mixer.tracks) this.#chase(channel);
    this.#tick();
  }

  /** Notes that began before the position and still sound. */
  #chase({ track, queue, instrument }: TrackChannel): void {
    if (track.isDrum) return;
    const position = this.#anchorSeconds;
    for (const note of queue.soundingAt(position, CHASE_SECONDS)) {
      const durationSeconds = note.startSeconds + note.durationSeconds - position;
      instrument?.play({ pitch: note.pitch, velocity: note.velocity, durationSeconds }, this.#anchorTime);
    }
  }

  #tick(): void {
    if (!this.#state.playing) return;
    const elapsed = this.#graph.context.currentTime - this.#anchorTime;
    if (this.#hasEnded(elapsed)) return;
    const until = elapsed + LOOK_AHEAD_SECONDS;
    const lengthSeconds = until - this.#scheduledSeconds;
    if (lengthSeconds <= 0) return;
    const fromSeconds = this.#positionAt(this.#scheduledSeconds);
    const originTime = this.#anchorTime + this.#scheduledSeconds;
    const { loop } = this.#state;
    const due = spans({ fromSeconds, lengthSeconds, durationSeconds: this.#durationSeconds, loop });
    for (const span of due) this.#schedule(span, originTime);
    this.#scheduledSeconds = until;
    this.#scheduleOriginals(until);
    for (const { player } of this.#mixer.originals) void player.prefetch(fromSeconds, READ_AHEAD_SECONDS);
    if (loop !== null && fromSeconds > loop.endSeconds - READ_AHEAD_SECONDS) {
      for (const { player } of this.#mixer.originals)
        void player.prefetch(loop.startSeconds, LOOK_AHEAD_SECONDS);
    }
  }

  #scheduleOriginals(until: number): void {
    const durationSeconds = this.#durationSeconds;
    const { loop } = this.#state;
    while (this.#originalsSeconds < until) {
      const fromSeconds = this.#positionAt(this.#originalsSeconds);
      if (fromSeconds >= durationSeconds) return;
      const lengthSeconds = nextBlockSeconds(fromSeconds) - fromSeconds;
      const originTime = this.#anchorTime + this.#originalsSeconds;
      for (const span of spans({ fromSeconds, lengthSeconds, durationSeconds, loop })) {
        const when = originTime + span.delaySeconds;
        for (const { player } of this.#mixer.originals)
          player.schedule(span.startSeconds, span.endSeconds, when);
      }
      this.#originalsSeconds += lengthSeconds;
    }
  }

  #hasEnded(elapsed: number): boolean {
    const { loop } = this.#state;
    const loops = loop !== null && this.#anchorSeconds < loop.endSeconds;
    if (loops || this.#anchorSeconds + elapsed < this.#durationSeconds) return false;
    this.#anchorSeconds = this.#durationSeconds;
    this.#mixer.stop();
    this.#update({ playing: false });
    return true;
  }

  #schedule(span: Span, originTime: number): void {
    const whenSpan = originTime + span.delaySeconds;
    const now = this.#graph.context.currentTime;
    this.#metronome.schedule(span, originTime);
    const loopEnd = this.#state.loop?.endSeconds ?? Infinity;
    const wall = span.startSeconds < loopEnd ? loopEnd : Infinity;
    for (const { track, queue, instrument } of this.#mixer.tracks) {
      if (instrument === undefined) continue;
      const due = queue.startingIn(span.startSeconds, span.endSeconds);
      for (const note of due.length > MAX_NOTES_PER_TICK ? due.slice(0, MAX_NOTES_PER_TICK) : due) {
        const when = Math.max(now, whenSpan + note.startSeconds - span.startSeconds);
        const room = track.isDrum ? Infinity : wall - note.startSeconds;
        instrument.play(room < note.durationSeconds ? { ...note, durationSeconds: room } : note, when);
      }
    }
  }

  #report(tracks: readonly string[], originals: readonly string[]): void {
    if (tracks.length > 0)
      this.#update({ problem: 'An instrument could not be loaded; its track stays silent.' });
    else if (originals.length > 0)
      this.#update({ problem: 'The original audio could not be opened; only MIDI is heard.' });
  }

  #update(change: Partial<PlaybackState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }
}
