import type { NoteEvent } from '../../src/lib/core/notes';

export interface TruthNote {
  readonly start: number;
  readonly end: number;
  /** Fractional MIDI pitch. */
  readonly pitch: number;
}

export interface NoteScore {
  /** Onset within 50 ms, pitch within 50 cents. */
  readonly onset: number;
  /** ... and the end within 20 % of the duration or 50 ms. */
  readonly onsetOffset: number;
  /** Onset alone. */
  readonly onsetOnly: number;
}

/** F-measures as mir_eval.transcription defines them, matched greedily in time. */
export function noteF1(truth: readonly TruthNote[], found: readonly NoteEvent[]): NoteScore {
  const score = (fits: (t: TruthNote, f: NoteEvent) => boolean): number => {
    const used = new Set<number>();
    let hits = 0;
    for (const t of truth) {
      let best = -1;
      let distance = Infinity;
      found.forEach((f, i) => {
        const gap = Math.abs(f.startSeconds - t.start);
        if (gap <= 0.05 && gap < distance && !used.has(i) && fits(t, f)) {
          best = i;
          distance = gap;
        }
      });
      if (best >= 0) {
        used.add(best);
        hits++;
      }
    }
    return truth.length + found.length === 0 ? 0 : (2 * hits) / (truth.length + found.length);
  };
  const samePitch = (t: TruthNote, f: NoteEvent): boolean => Math.abs(t.pitch - f.pitch) <= 0.5;
  return {
    onset: score(samePitch),
    onsetOffset: score((t, f) => {
      const slack = Math.max(0.05, 0.2 * (t.end - t.start));
      return samePitch(t, f) && Math.abs(f.startSeconds + f.durationSeconds - t.end) <= slack;
    }),
    onsetOnly: score(() => true),
  };
}
