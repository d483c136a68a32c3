import type { Instrument } from './instruments/instrument';
import type { InstrumentLibrary } from './instruments/library';
import { voicingOf, type Voicing } from './instruments/patches';
import { audibleGain, DEFAULT_MIX, equalPower, stemGain } from './levels';
import { matchedGain } from './loudness';
import { NoteQueue } from './note-queue';
import { OriginalPlayer } from './original-player';
import { Strip } from './strip';
import type { MasterGraph } from './tone-graph';
import type { OriginalAudio, OriginalKind, PlaybackTrack, TrackMix } from './types';
import { bufferSource, openWav } from './wav-stream';

/** A MIDI track that can sound. */
export interface TrackChannel {
  readonly track: PlaybackTrack;
  readonly queue: NoteQueue;
  readonly instrument: Instrument | undefined;
  readonly strip: Strip;
  readonly voicing: Voicing;
  /** Makes it as loud as what it was heard on. */
  matchGain: number;
}

export interface OriginalChannel {
  readonly kind: OriginalKind;
  readonly player: OriginalPlayer;
  readonly strip: Strip;
}

/** All channels of what is loaded, and how they are mixed: solo, mute, gain, pan, crossfade, matched loudness. */
export class Mixer {
  readonly #graph: MasterGraph;
  readonly #library: InstrumentLibrary;
  readonly #originalBus: GainNode;
  readonly #midiBus: GainNode;
  readonly #roomBus: GainNode;
  readonly #mixes = new Map<string, TrackMix>();
  tracks: readonly TrackChannel[] = [];
  originals: readonly OriginalChannel[] = [];

  constructor(graph: MasterGraph, library: InstrumentLibrary) {
    this.#graph = graph;
    this.#library = library;
    const { context } = graph;
    this.#originalBus = context.createGain();
    this.#midiBus = context.createGain();
    this.#roomBus = context.createGain();
    this.#originalBus.connect(graph.master);
    this.#midiBus.connect(graph.master);
    this.#roomBus.connect(graph.room);
  }

  setCrossfade(position: number): void {
    const { original, midi } = equalPower(position);
    const now = this.#graph.context.currentTime;
    this.#originalBus.gain.setTargetAtTime(original, now, 0.015);
    this.#midiBus.gain.setTargetAtTime(midi, now, 0.015);
    this.#roomBus.gain.setTargetAtTime(midi, now, 0.015);
  }

  setMix(id: string, change: Partial<TrackMix>): void {
    this.#mixes.set(id, { ...this.#mixOf(id), ...change });
    this.apply();
  }

  /** Writes every gain and pan anew; called after any change. */
  apply(): void {
    const anySolo = this.tracks.some(({ track }) => this.#mixOf(track.id).solo);
    const gains = new Map(
      this.tracks.map(({ track }) => [track.id, audibleGain(this.#mixOf(track.id), anySolo)] as const),
    );
    for (const { track, strip, matchGain } of this.tracks) {
      strip.gain = (gains.get(track.id) ?? 1) * matchGain;
      strip.pan = this.#mixOf(track.id).pan;
    }
    for (const { kind, strip } of this.originals) {
      if (kind === 'source') {
        strip.gain = 1;
        continue;
      }
      const onStem = this.tracks.filter(({ track }) => track.stem === kind);
      strip.gain = stemGain(
        onStem.map(({ track }) => gains.get(track.id) ?? 1),
        anySolo,
      );
    }
  }

  /** Opens recordings. Returns those that could not be opened. */
  async loadOriginals(originals: readonly OriginalAudio[]): Promise<readonly OriginalKind[]> {
    const failed: OriginalKind[] = [];
    const { context } = this.#graph;
    const opened = await Promise.all(
      originals.map(async ({ kind, blob }) => {
        try {
          const wav = await openWav(blob);
          const source = wav ?? bufferSource(await context.decodeAudioData(await blob.arrayBuffer()));
          return { kind, source };
        } catch {
          failed.push(kind);
          return undefined;
        }
      }),
    );
    for (const { strip, player } of this.originals) {
      player.stop();
      strip.dispose();
    }
    this.originals = opened
      .filter((each) => each !== undefined)
      .map(({ kind, source }) => {
        const strip = new Strip(context, this.#originalBus);
        return { kind, strip, player: new OriginalPlayer(context, source, strip.input) };
      });
    this.apply();
    return failed;
  }

  /**
   * Replaces the tracks. One whose instrument stays keeps its strip, so that a note in the air rings on. Returns the ids
   * of tracks whose sounds could not be loaded.
   */
  async loadTracks(tracks: readonly PlaybackTrack[]): Promise<readonly string[]> {
    const failed: string[] = [];
    const voiced = tracks.map((track) => ({
      track,
      voicing: voicingOf(track.family, track.program, track.isDrum),
    }));
    await Promise.all(
      voiced.map(({ track, voicing }) => this.#library.prepare(voicing).catch(() => failed.push(track.id))),
    );
    const before = new Map(this.tracks.map((channel) => [channel.track.id, channel]));
    this.tracks = voiced.map(({ track, voicing }) => {
      const old = before.get(track.id);
      const queue = old?.track.notes === track.notes ? old.queue : new NoteQueue(track.notes);
      if (old !== undefined && sameVoicing(old.voicing, voicing)) {
        before.delete(track.id);
        return { ...old, track, queue };
      }
      const strip = new Strip(this.#graph.context, this.#midiBus, {
        bus: this.#roomBus,
        amount: voicing.room,
      });
      const instrument = this.#library.create(this.#graph.context, strip.input, voicing);
      return { track, queue, voicing, strip, instrument, matchGain: old?.matchGain ?? 1 };
    });
    for (const gone of before.values()) {
      gone.instrument?.stop();
      gone.strip.dispose();
    }
    this.apply();
    return failed;
  }

  /** Measures originals against MIDI and sets the gains. Tracks on one stem share one gain. */
  async matchLoudness(): Promise<void> {
    await Promise.all(
      this.originals.map(async ({ kind, player }) => {
        const onStem = this.tracks.filter(({ track }) => kind === 'source' || track.stem === kind);
        if (onStem.length === 0) return;
        const gain = await matchedGain(
          onStem.map(({ track }) => track),
          player.source,
          this.#library,
        );
        for (const channel of onStem) channel.matchGain = gain;
      }),
    );
    this.apply();
  }

  channel(id: string): TrackChannel | undefined {
    return this.tracks.find(({ track }) => track.id === id);
  }

  trackLevelDb(id: string): number {
    const channel = this.channel(id);
    if (channel === undefined) return -Infinity;
    const original = this.originals.find(({ kind }) => kind === channel.track.stem);
    return Math.max(channel.strip.peakDb, original?.strip.peakDb ?? -Infinity);
  }

  stop(): void {
    for (const { instrument } of this.tracks) instrument?.stop();
    for (const { player } of this.originals) player.stop();
  }

  #mixOf(id: string): TrackMix {
    return this.#mixes.get(id) ?? DEFAULT_MIX;
  }
}

function sameVoicing(a: Voicing, b: Voicing): boolean {
  if (a.kind === 'synth' || b.kind === 'synth')
    return a.kind === b.kind && 'patch' in a && 'patch' in b && a.patch === b.patch;
  return a.kind === b.kind && ('bank' in a ? a.bank : '') === ('bank' in b ? b.bank : '');
}
