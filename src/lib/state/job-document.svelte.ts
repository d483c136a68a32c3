import { cleanUpNotes } from '$lib/core/alignment';
import type { InstrumentFamily } from '$lib/core/instruments';
import type { NoteEvent } from '$lib/core/notes';
import type {
  BeatAnalysis,
  KeyEstimate,
  StemKind,
  TranscribedTrack,
  Transcription,
} from '$lib/core/transcription';
import type { InferenceClient } from '$lib/inference/client';
import type { JobEdits, TrackMix } from '$lib/library/database';
import { History } from './history';
import type { Notices } from './notices.svelte';

const NEUTRAL_MIX: TrackMix = { mute: false, solo: false, gainDb: 0, pan: 0 };

export interface TimeRegion {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

interface Content {
  readonly transcription: Transcription;
  readonly edits: JobEdits;
}

interface Services {
  readonly client: () => InferenceClient;
  readonly notices: Notices;
  readonly save: (content: Content) => Promise<void>;
}

type Question = (client: InferenceClient, signal: AbortSignal) => Promise<TranscribedTrack>;

const SAVE_DELAY_MS = 400;

/** A finished job that is open: what was heard, what the user made of it, and what is selected. */
export class JobDocument {
  readonly jobId: string;
  readonly #services: Services;
  readonly #heard: Transcription;
  #history: History<Content>;

  selectedTrackId = $state<string | undefined>();
  region = $state.raw<TimeRegion | undefined>();
  /** What is being worked out for which track. */
  work = $state.raw<{ readonly trackId: string; readonly text: string } | undefined>();
  isSaved = $state(true);
  /** Everything that might be a note on the track whose sensitivity is being set. */
  candidates = $state.raw<{ readonly trackId: string; readonly notes: readonly NoteEvent[] } | undefined>();

  readonly transcription = $derived.by(() => this.#history.present.transcription);
  readonly edits = $derived.by(() => this.#history.present.edits);
  readonly undoLabel = $derived.by(() => this.#history.undoLabel);
  readonly redoLabel = $derived.by(() => this.#history.redoLabel);
  readonly selectedTrack = $derived(this.track(this.selectedTrackId));
  readonly isEdited = $derived.by(() => this.transcription !== this.#heard);

  #peaks: ReadonlyMap<StemKind, Float32Array> = $state.raw(new Map());
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();

  constructor(jobId: string, content: Content, heard: Transcription, services: Services) {
    this.jobId = jobId;
    this.#services = services;
    this.#heard = heard;
    this.#history = $state.raw(History.of(content));
    this.selectedTrackId = content.transcription.tracks[0]?.id;
  }

  track(id: string | undefined): TranscribedTrack | undefined {
    return this.transcription.tracks.find((track) => track.id === id);
  }

  mixOf(trackId: string): TrackMix {
    return this.edits.mix[trackId] ?? NEUTRAL_MIX;
  }

  sensitivityOf(trackId: string): number {
    return this.edits.sensitivity[trackId] ?? 0.5;
  }

  peaks(stem: StemKind): Float32Array | undefined {
    return this.#peaks.get(stem);
  }

  /** Reads the waveforms of all stems, one after the other. */
  async loadPeaks(bucketsPerSecond: number): Promise<void> {
    for (const stem of this.transcription.stems) {
      try {
        const peaks = await this.#services.client().stemPeaks(this.jobId, stem, bucketsPerSecond);
        this.#peaks = new Map(this.#peaks).set(stem, peaks);
      } catch (error) {
        this.#services.notices.fail(error);
        return; // The notes can be worked with; one message about missing audio is enough.
      }
    }
  }

  undo(): void {
    this.#move(this.#history.undo());
  }

  redo(): void {
    this.#move(this.#history.redo());
  }

  setNotes(trackId: string, notes: readonly NoteEvent[], label: string): void {
    const track = this.track(trackId);
    if (track !== undefined && track.notes !== notes) this.#setTrack({ ...track, notes }, label);
  }

  /**
   * Takes out ghosts, doubled notes and octave slips of a pitched track, with the key as a prior. Returns how many notes
   * were taken out or moved.
   */
  cleanUp(trackId: string): number {
    const track = this.track(trackId);
    if (track === undefined || track.isDrum) return 0;
    const singleLine = track.family === 'bass' || track.family === 'voice';
    const notes = cleanUpNotes(track.notes, { key: this.transcription.key, singleLine });
    const kept = new Set(notes.map(({ startSeconds, pitch }) => `${startSeconds}/${pitch}`));
    const changed = track.notes.filter(
      ({ startSeconds, pitch }) => !kept.has(`${startSeconds}/${pitch}`),
    ).length;
    if (changed > 0) this.setNotes(trackId, notes, 'Clean up');
    return changed;
  }

  setMix(trackId: string, change: Partial<TrackMix>, label: string): void {
    const mix = { ...this.edits.mix, [trackId]: { ...this.mixOf(trackId), ...change } };
    this.#commit({ ...this.#history.present, edits: { ...this.edits, mix } }, label);
  }

  /** Solo this track alone. */
  soloOnly(trackId: string): void {
    const was = this.mixOf(trackId).solo;
    const mix: Record<string, TrackMix> = {};
    for (const { id } of this.transcription.tracks) {
      mix[id] = { ...this.mixOf(id), solo: id === trackId && !was };
    }
    this.#commit({ ...this.#history.present, edits: { ...this.edits, mix } }, 'Solo');
  }

  setBeats(change: (beats: BeatAnalysis, durationSeconds: number) => BeatAnalysis, label: string): void {
    const { beats, source } = this.transcription;
    this.#setTranscription({ beats: change(beats, source.durationSeconds) }, label);
  }

  setKey(key: KeyEstimate): void {
    this.#setTranscription({ key }, 'Change key');
  }

  renameTrack(trackId: string, name: string): void {
    const track = this.track(trackId);
    if (track !== undefined && name.trim() !== '')
      this.#setTrack({ ...track, name: name.trim() }, 'Rename track');
  }

  deleteTrack(trackId: string): void {
    const tracks = this.transcription.tracks.filter((track) => track.id !== trackId);
    this.#setTranscription({ tracks }, 'Delete track');
    if (this.selectedTrackId === trackId) this.selectedTrackId = tracks[0]?.id;
  }

  /** The track as it was first heard. */
  revertTrack(trackId: string): void {
    const heard = this.#heard.tracks.find((track) => track.id === trackId);
    if (heard === undefined) return;
    const { [trackId]: _dropped, ...sensitivity } = this.edits.sensitivity;
    this.#commit({ ...this.#withTrack(heard), edits: { ...this.edits, sensitivity } }, 'Revert track');
  }

  /** Finds the notes again with another threshold; 0-1. One drag of the slider is one step of undo. */
  async setSensitivity(trackId: string, sensitivity: number): Promise<void> {
    const name = this.track(trackId)?.name ?? '';
    const heard = await this.#ask(trackId, 'Finding notes', (client) =>
      client.redecodeTrack({ jobId: this.jobId, transcription: this.transcription, trackId, sensitivity }),
    );
    if (heard === undefined) return;
    const edits = { ...this.edits, sensitivity: { ...this.edits.sensitivity, [trackId]: sensitivity } };
    this.#commit({ ...this.#withTrack(heard, trackId), edits }, `Sensitivity of ${name}`, true);
  }

  /** Shows what a higher sensitivity would find. */
  async showCandidates(trackId: string): Promise<void> {
    if (this.candidates?.trackId === trackId) return;
    this.candidates = { trackId, notes: [] };
    try {
      const { notes } = await this.#services
        .client()
        .redecodeTrack({ jobId: this.jobId, transcription: this.transcription, trackId, sensitivity: 1 });
      if (this.candidates.trackId === trackId) this.candidates = { trackId, notes };
    } catch (error) {
      console.warn('The candidates cannot be shown.', error);
    }
  }

  hideCandidates(): void {
    this.candidates = undefined;
  }

  async changeInstrument(trackId: string, family: InstrumentFamily, program: number): Promise<void> {
    await this.#replace(trackId, 'Changing the instrument', 'Change instrument', (client, signal) =>
      client.changeInstrument(
        { jobId: this.jobId, transcription: this.transcription, trackId, family, program },
        signal,
      ),
    );
  }

  /** Listens again to the selected region. */
  async retranscribe(trackId: string, region: TimeRegion): Promise<void> {
    await this.#replace(trackId, 'Listening again', 'Re-transcribe region', (client, signal) =>
      client.retranscribeRegion(
        {
          jobId: this.jobId,
          transcription: this.transcription,
          trackId,
          ...region,
          sensitivity: this.sensitivityOf(trackId),
        },
        signal,
      ),
    );
  }

  /** Stops what {@link work} names. */
  stopWork(): void {
    this.#abort.abort();
  }

  /** Writes what is not yet written. */
  async flush(): Promise<void> {
    clearTimeout(this.#saveTimer);
    if (this.isSaved) return;
    const content = this.#history.present;
    await this.#services.save(content);
    if (content === this.#history.present) this.isSaved = true;
  }

  async #replace(trackId: string, text: string, label: string, question: Question): Promise<void> {
    const track = await this.#ask(trackId, text, question);
    if (track === undefined) return;
    const wasSelected = this.selectedTrackId === trackId;
    this.#commit(this.#withTrack(track, trackId), label);
    if (wasSelected) this.selectedTrackId = track.id;
  }

  /** The engine's answer about a track; undefined where it failed or a later question took its place. */
  async #ask(trackId: string, text: string, question: Question): Promise<TranscribedTrack | undefined> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.work = { trackId, text };
    try {
      const track = await question(this.#services.client(), abort.signal);
      return abort.signal.aborted ? undefined : track;
    } catch (error) {
      if (!abort.signal.aborted) this.#services.notices.fail(error);
      return undefined;
    } finally {
      if (this.#abort === abort) this.work = undefined;
    }
  }

  #setTrack(track: TranscribedTrack, label: string): void {
    this.#commit(this.#withTrack(track), label);
  }

  #withTrack(track: TranscribedTrack, replacedId = track.id): Content {
    const { transcription, edits } = this.#history.present;
    const tracks = transcription.tracks.map((other) => (other.id === replacedId ? track : other));
    return { transcription: { ...transcription, tracks }, edits };
  }

  #setTranscription(change: Partial<Transcription>, label: string): void {
    const { transcription, edits } = this.#history.present;
    this.#commit({ transcription: { ...transcription, ...change }, edits }, label);
  }

  #commit(content: Content, label: string, merge = false): void {
    this.#move(this.#history.commit(content, label, merge));
  }

  #move(history: History<Content>): void {
    if (history === this.#history) return;
    this.#history = history;
    if (this.track(this.selectedTrackId) === undefined) {
      this.selectedTrackId = history.present.transcription.tracks[0]?.id;
    }
    this.isSaved = false;
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => void this.flush(), SAVE_DELAY_MS);
  }
}
