import { matchGain, rmsOf } from './levels';
import type { InstrumentLibrary } from './instruments/library';
import { voicingOf } from './instruments/patches';
import { NoteQueue } from './note-queue';
import type { PlaybackTrack } from './types';
import type { FrameSource } from './wav-stream';

/** Long enough for a bar or two, short enough to render in a blink. */
const WINDOW_SECONDS = 5;
const RENDER_RATE_HZ = 22_050;

/**
 * The gain that makes the MIDI of some tracks as loud as the recording they were heard on: both are measured where the
 * tracks play most. The MIDI is rendered offline with the instruments that will play it.
 */
export async function matchedGain(
  tracks: readonly PlaybackTrack[],
  original: FrameSource,
  library: InstrumentLibrary,
): Promise<number> {
  const notes = tracks.flatMap((track) => track.notes);
  if (notes.length === 0) return 1;
  const start = new NoteQueue(notes).busiestWindow(WINDOW_SECONDS);
  const [midiRms, originalRms] = await Promise.all([
    renderedRms(tracks, start, library),
    original
      .read(Math.round(start * original.sampleRateHz), Math.round(WINDOW_SECONDS * original.sampleRateHz))
      .then(rmsOf),
  ]);
  return matchGain(originalRms, midiRms);
}

async function renderedRms(
  tracks: readonly PlaybackTrack[],
  startSeconds: number,
  library: InstrumentLibrary,
): Promise<number> {
  const context = new OfflineAudioContext(1, Math.round(WINDOW_SECONDS * RENDER_RATE_HZ), RENDER_RATE_HZ);
  for (const track of tracks) {
    const voicing = voicingOf(track.family, track.program, track.isDrum);
    const instrument = library.create(context, context.destination, voicing);
    const queue = new NoteQueue(track.notes);
    for (const note of queue.startingIn(startSeconds, startSeconds + WINDOW_SECONDS)) {
      instrument?.play(note, note.startSeconds - startSeconds);
    }
  }
  const rendered = await context.startRendering();
  return rmsOf([rendered.getChannelData(0)]);
}
