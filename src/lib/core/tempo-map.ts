import { TICKS_PER_QUARTER } from './notes';

/** From `tick` (= `seconds`) on, the tempo is `bpm` quarters a minute. */
export interface TempoPoint {
  readonly seconds: number;
  readonly tick: number;
  readonly bpm: number;
}

export interface TimeSignature {
  readonly numerator: number;
  readonly denominator: number;
}

export interface TimeSignatureChange extends TimeSignature {
  readonly tick: number;
}

/**
 * Piecewise constant tempo: the only place where seconds and ticks are converted.
 * The first point lies at tick 0; points are sorted; before the first point its tempo holds.
 */
export class TempoMap {
  readonly points: readonly TempoPoint[];

  private constructor(points: readonly TempoPoint[]) {
    this.points = points;
  }

  /** One tempo throughout; tick 0 lies at `originSeconds`. Throws RangeError unless `bpm` > 0. */
  static constant(bpm: number, originSeconds = 0): TempoMap {
    return TempoMap.fromPoints([{ seconds: originSeconds, tick: 0, bpm }]);
  }

  /** Points as stored. Throws RangeError where they are empty, unsorted or carry a tempo that is no positive number. */
  static fromPoints(points: readonly TempoPoint[]): TempoMap {
    if (points.length === 0) throw new RangeError('A tempo map needs at least one point.');
    let previousTick = -Infinity;
    for (const point of points) {
      if (!(point.bpm > 0) || !Number.isFinite(point.bpm)) throw new RangeError(`Not a tempo: ${point.bpm}`);
      if (point.tick <= previousTick) throw new RangeError('Tempo points must be sorted by tick.');
      previousTick = point.tick;
    }
    return new TempoMap(points.map((point) => ({ ...point })));
  }

  /** Tempo changes by tick alone (as MIDI stores them); seconds are derived, tick 0 = 0 s. */
  static fromTicks(changes: readonly { readonly tick: number; readonly bpm: number }[]): TempoMap {
    const sorted = [...changes].sort((a, b) => a.tick - b.tick);
    if (sorted[0] === undefined || sorted[0].tick > 0) sorted.unshift({ tick: 0, bpm: 120 });
    const points: TempoPoint[] = [];
    for (const change of sorted) {
      const last = points.at(-1);
      if (last !== undefined && last.tick === change.tick) {
        points[points.length - 1] = { ...last, bpm: change.bpm };
        continue;
      }
      const seconds =
        last === undefined
          ? 0
          : last.seconds + ((change.tick - last.tick) * 60) / (last.bpm * TICKS_PER_QUARTER);
      points.push({ seconds, tick: change.tick, bpm: change.bpm });
    }
    return TempoMap.fromPoints(points);
  }

  /** Fractional ticks; negative before the origin. */
  secondsToTicks(seconds: number): number {
    const point = this.#last((candidate) => candidate.seconds <= seconds);
    return point.tick + ((seconds - point.seconds) * point.bpm * TICKS_PER_QUARTER) / 60;
  }

  ticksToSeconds(ticks: number): number {
    const point = this.#last((candidate) => candidate.tick <= ticks);
    return point.seconds + ((ticks - point.tick) * 60) / (point.bpm * TICKS_PER_QUARTER);
  }

  bpmAtSeconds(seconds: number): number {
    return this.#last((candidate) => candidate.seconds <= seconds).bpm;
  }

  #last(holds: (point: TempoPoint) => boolean): TempoPoint {
    let low = 0;
    let high = this.points.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (holds(this.points[middle]!)) low = middle;
      else high = middle - 1;
    }
    return this.points[low]!;
  }
}
