import type { TranscribedTrack } from '$lib/core/transcription';

interface Source {
  readonly fileName: () => string;
  readonly track: () => TranscribedTrack;
  readonly write: () => Promise<Blob>;
  readonly onError: (error: unknown) => void;
}

const MIME_TYPE = 'audio/midi';

/**
 * A track's MIDI file, written when the pointer comes near: a drag out of the page needs its address at once,
 * a download can wait for it.
 */
export class MidiFile {
  url = $state<string | undefined>();
  readonly #source: Source;
  #track: TranscribedTrack | undefined;
  #pending: Promise<void> | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  get fileName(): string {
    return this.#source.fileName();
  }

  /** Writes the file unless the one at hand is still true. */
  async prepare(): Promise<void> {
    const track = this.#source.track();
    if (this.#track !== track) {
      this.#track = track;
      this.#pending = this.#write(track);
    }
    await this.#pending;
  }

  async save(): Promise<void> {
    await this.prepare();
    if (this.url !== undefined) saveAs(this.url, this.fileName);
  }

  /** Chromium takes the file out of the page; elsewhere the Download button does. */
  onDragStart(event: DragEvent): void {
    if (this.url === undefined || event.dataTransfer === null) {
      event.preventDefault();
      return;
    }
    event.dataTransfer.effectAllowed = 'copy';
    event.dataTransfer.setData('DownloadURL', `${MIME_TYPE}:${this.fileName}:${this.url}`);
  }

  dispose(): void {
    if (this.url !== undefined) URL.revokeObjectURL(this.url);
  }

  async #write(track: TranscribedTrack): Promise<void> {
    try {
      const blob = await this.#source.write();
      if (this.#track !== track) return;
      if (this.url !== undefined) URL.revokeObjectURL(this.url);
      this.url = URL.createObjectURL(new Blob([blob], { type: MIME_TYPE }));
    } catch (error) {
      this.#track = undefined;
      this.#source.onError(error);
    }
  }
}

/** Hands a file to the browser's downloads. */
function saveAs(url: string, fileName: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
}

/** The same for a blob; the address is released once the download has surely begun. */
export function saveBlob(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  saveAs(url, fileName);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
