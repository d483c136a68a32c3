import type { TempoPoint, TimeSignature } from '../../core/tempo-map';
import { TempoMap } from '../../core/tempo-map';
import { TICKS_PER_QUARTER } from '../../core/notes';

export interface GridLine {
  readonly seconds: number;
  readonly kind: 'bar' | 'beat' | 'step';
  /** One-based bar number on bar lines. */
  readonly bar?: number;
}

/** Parts of a beat that a grid may have: quarter to 1/32 where a beat is a quarter. */
const DIVISIONS = [1, 2, 4, 8] as const;
/** Closer lines than this are noise. */
const MIN_LINE_DISTANCE_PX = 12;

/**
 * Bars and beats on the time line of a recording. Between beats time is interpolated, outside them the nearest
 * interval goes on, so that every second has a (fractional) beat and the other way round.
 */
export class BeatGrid {
  readonly #beats: readonly number[];
  /** Beat indices at which a bar starts, ascending. */
  readonly #bars: readonly number[];

  private constructor(beatsSeconds: readonly number[], barBeats: readonly number[]) {
    this.#beats = beatsSeconds;
    this.#bars = barBeats;
  }

  /**
   * From a beat tracker. A downbeat belongs to the nearest beat; where there are none, every fourth beat starts a bar;
   * with fewer than two beats a 120 BPM grid stands in.
   */
  static fromBeats(beatsSeconds: readonly number[], downbeatsSeconds: readonly number[]): BeatGrid {
    const beats = [...beatsSeconds]
      .sort((a, b) => a - b)
      .filter((beat, i, all) => i === 0 || beat > all[i - 1]!);
    if (beats.length < 2) return new BeatGrid([0, 0.5], [0]);
    const bars = new Set<number>();
    for (const downbeat of downbeatsSeconds) {
      const after = lowerBound(beats, downbeat);
      const nearer =
        after > 0 && (after >= beats.length || downbeat - beats[after - 1]! < beats[after]! - downbeat);
      bars.add(nearer ? after - 1 : after);
    }
    if (bars.size === 0) for (let i = 0; i < beats.length; i += 4) bars.add(i);
    return new BeatGrid(
      beats,
      [...bars].sort((a, b) => a - b),
    );
  }

  /** From a tempo map whose tick 0 is the start of a bar; covers `durationSeconds`. */
  static fromTempoMap(
    points: readonly TempoPoint[],
    timeSignature: TimeSignature,
    durationSeconds: number,
  ): BeatGrid {
    const map = TempoMap.fromPoints(points);
    const ticksPerBeat = (TICKS_PER_QUARTER * 4) / timeSignature.denominator;
    const first = Math.floor(map.secondsToTicks(0) / ticksPerBeat);
    const last = Math.max(first + 1, Math.ceil(map.secondsToTicks(durationSeconds) / ticksPerBeat));
    const beats: number[] = [];
    const bars: number[] = [];
    for (let beat = first; beat <= last; beat++) {
      if (beat % timeSignature.numerator === 0) bars.push(beats.length);
      beats.push(map.ticksToSeconds(beat * ticksPerBeat));
    }
    return new BeatGrid(beats, bars.length > 0 ? bars : [0]);
  }

  /** Fractional beats since the first known beat. */
  beatAt(seconds: number): number {
    const i = clampIndex(lowerBound(this.#beats, seconds) - 1, this.#beats.length - 2);
    const start = this.#beats[i]!;
    return i + (seconds - start) / (this.#beats[i + 1]! - start);
  }

  secondsAt(beat: number): number {
    const i = clampIndex(Math.floor(beat), this.#beats.length - 2);
    const start = this.#beats[i]!;
    return start + (beat - i) * (this.#beats[i + 1]! - start);
  }

  /** The nearest multiple of `stepBeats` beats. */
  snap(seconds: number, stepBeats: number): number {
    return this.secondsAt(Math.round(this.beatAt(seconds) / stepBeats) * stepBeats);
  }

  /** The last grid step at or before a moment: where a drawn note begins. */
  floor(seconds: number, stepBeats: number): number {
    return this.secondsAt(Math.floor(this.beatAt(seconds) / stepBeats + 1e-6) * stepBeats);
  }

  /** One-based bar and beat with the beat's fraction, as a transport shows it. */
  barBeatAt(seconds: number): { readonly bar: number; readonly beat: number } {
    const beat = this.beatAt(seconds);
    const { index, start } = this.#barAt(beat);
    return { bar: index + 1, beat: beat - start + 1 };
  }

  /** Beats in the bar that holds a moment. */
  beatsPerBarAt(seconds: number): number {
    const { index } = this.#barAt(this.beatAt(seconds));
    return this.#barStart(index + 1) - this.#barStart(index);
  }

  /** The finest step in beats whose lines are far enough apart at a zoom: 1/8 beat (1/32) to a whole beat. */
  stepBeatsFor(pixelsPerSecond: number, aroundSeconds: number): number {
    const beat = this.beatAt(aroundSeconds);
    const beatPx = (this.secondsAt(beat + 0.5) - this.secondsAt(beat - 0.5)) * pixelsPerSecond;
    let step = 1;
    for (const division of DIVISIONS) if (beatPx / division >= MIN_LINE_DISTANCE_PX) step = 1 / division;
    return step;
  }

  /** All lines worth drawing between two moments, in order, each time once. */
  lines(startSeconds: number, endSeconds: number, pixelsPerSecond: number): GridLine[] {
    const middle = (startSeconds + endSeconds) / 2;
    const step = this.stepBeatsFor(pixelsPerSecond, middle);
    const from = this.beatAt(startSeconds);
    const to = this.beatAt(endSeconds);
    const beatPx = ((endSeconds - startSeconds) / Math.max(1e-9, to - from)) * pixelsPerSecond;
    const lines: GridLine[] = [];
    const barPx = beatPx * this.beatsPerBarAt(middle);
    let every = 1;
    while (barPx * every < MIN_LINE_DISTANCE_PX * 2) every *= 2;
    const firstBar = this.#barAt(from).index;
    for (let bar = firstBar; ; bar++) {
      const start = this.#barStart(bar);
      if (start > to) break;
      const skip = ((bar % every) + every) % every !== 0;
      if (!skip && start >= from - 1e-9)
        lines.push({ seconds: this.secondsAt(start), kind: 'bar', bar: bar + 1 });
      if (beatPx < MIN_LINE_DISTANCE_PX) continue;
      const end = Math.min(this.#barStart(bar + 1), to + step);
      const count = Math.ceil((end - start) / step - 1e-6);
      for (let i = 1; i < count; i++) {
        const beat = start + i * step;
        if (beat < from || beat > to) continue;
        const whole = Math.abs(beat - Math.round(beat)) < 1e-6;
        lines.push({ seconds: this.secondsAt(beat), kind: whole ? 'beat' : 'step' });
      }
    }
    return lines;
  }

  #barAt(beat: number): { readonly index: number; readonly start: number } {
    const first = this.#bars[0]!;
    const last = this.#bars.length - 1;
    let index: number;
    if (beat < first) index = Math.floor((beat - first) / this.#edgeLength(0));
    else if (beat >= this.#bars[last]!) {
      index = last + Math.floor((beat - this.#bars[last]!) / this.#edgeLength(last) + 1e-9);
    } else index = lowerBound(this.#bars, beat + 1e-9) - 1;
    return { index, start: this.#barStart(index) };
  }

  #barStart(index: number): number {
    const last = this.#bars.length - 1;
    if (index < 0) return this.#bars[0]! + index * this.#edgeLength(0);
    if (index > last) return this.#bars[last]! + (index - last) * this.#edgeLength(last);
    return this.#bars[index]!;
  }

  #edgeLength(index: number): number {
    if (this.#bars.length < 2) return 4;
    const i = Math.min(index, this.#bars.length - 2);
    return this.#bars[i + 1]! - this.#bars[i]!;
  }
}

/** First index whose value is not below `value`. */
function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function clampIndex(index: number, last: number): number {
  return Math.min(last, Math.max(0, index));
}
