/**
 * Notes of a pitch track: a hidden Markov model whose states are "silent" and pitches a third of a semitone apart, so that
 * vibrato and slides stay inside one note (the idea of Mauch et al., "Tony", 2015; own observation model).
 */

import type { PitchTrack } from './pitch-track';

export interface NoteSpan {
  readonly startFrame: number;
  /** Exclusive. */
  readonly endFrame: number;
  /** Centre of the note, fractional MIDI pitch. */
  readonly pitch: number;
}

export interface SegmentOptions {
  /** Confidence at which a frame is as likely sung as silent. */
  readonly voicingThreshold: number;
  /** Costs of starting, leaving and changing a note. */
  readonly changeCost: number;
  readonly onsetCost: number;
}

const STEPS_PER_SEMITONE = 3;
/** A pitch this far (semitones) from the centre of its note costs 0.5; further away it costs at most MAX_MISS. */
const SPREAD = 0.45;
const MAX_MISS = 3;
/** How steeply the confidence decides between sung and silent. */
const VOICING_SLOPE = 9;

/** Spans in order, not overlapping. Frames with confidence 0 are always silent. */
export function segmentNotes(track: PitchTrack, options: SegmentOptions): NoteSpan[] {
  const frames = track.pitch.length;
  let lowest = Infinity;
  let highest = -Infinity;
  for (let i = 0; i < frames; i++) {
    if (track.confidence[i]! <= 0) continue;
    lowest = Math.min(lowest, track.pitch[i]!);
    highest = Math.max(highest, track.pitch[i]!);
  }
  if (!(highest >= lowest)) return [];
  const first = Math.floor(lowest) - 1;
  const states = Math.ceil((highest + 1 - first) * STEPS_PER_SEMITONE) + 1;
  const pitchOf = (state: number): number => first + state / STEPS_PER_SEMITONE;
  // State `states` is silence.
  let costs = new Float64Array(states + 1).fill(options.onsetCost);
  costs[states] = 0;
  let next = new Float64Array(states + 1);
  const from = new Uint16Array(frames * (states + 1));
  for (let frame = 0; frame < frames; frame++) {
    const confidence = track.confidence[frame]!;
    const heard = confidence > 0;
    const lean = VOICING_SLOPE * (confidence - options.voicingThreshold);
    const silentCost = heard ? Math.log1p(Math.exp(lean)) : 0;
    const soundCost = heard ? Math.log1p(Math.exp(-lean)) : 12;
    const silence = costs[states]!;
    let bestNote = 0;
    for (let state = 1; state < states; state++) if (costs[state]! < costs[bestNote]!) bestNote = state;
    for (let state = 0; state < states; state++) {
      let cost = costs[state]!;
      let source = state;
      if (costs[bestNote]! + options.changeCost < cost) {
        cost = costs[bestNote]! + options.changeCost;
        source = bestNote;
      }
      if (silence + options.onsetCost < cost) {
        cost = silence + options.onsetCost;
        source = states;
      }
      const miss = heard ? (track.pitch[frame]! - pitchOf(state)) / SPREAD : 0;
      next[state] = cost + soundCost + Math.min(MAX_MISS, 0.5 * miss * miss);
      from[frame * (states + 1) + state] = source;
    }
    const stays = silence <= costs[bestNote]!;
    next[states] = Math.min(silence, costs[bestNote]!) + silentCost;
    from[frame * (states + 1) + states] = stays ? states : bestNote;
    [costs, next] = [next, costs];
  }
  let state = 0;
  for (let k = 1; k <= states; k++) if (costs[k]! < costs[state]!) state = k;
  const spans: NoteSpan[] = [];
  let end = frames;
  for (let frame = frames - 1; frame >= 0; frame--) {
    const source = from[frame * (states + 1) + state]!;
    if (source !== state || frame === 0) {
      const startFrame = frame;
      if (state !== states) spans.push({ startFrame, endFrame: end, pitch: pitchOf(state) });
      end = startFrame;
    }
    state = source;
  }
  return spans.reverse();
}
