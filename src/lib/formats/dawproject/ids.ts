import { TICKS_PER_QUARTER } from '../../core/notes';

/** XML ids must be names; ours may be anything. Each of our ids gets one that is valid, stable and unique. */
export class IdTable {
  readonly #given = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #declared = new Set<string>();

  of(ours: string): string {
    const known = this.#given.get(ours);
    if (known !== undefined) return known;
    const id = this.#fresh(ours);
    this.#given.set(ours, id);
    return id;
  }

  /** For the element that carries the id: a second element with the same id of ours gets another one. */
  declare(ours: string): string {
    if (!this.#declared.has(ours)) {
      this.#declared.add(ours);
      return this.of(ours);
    }
    return this.#fresh(ours);
  }

  #fresh(ours: string): string {
    const base = `id-${ours.replace(/[^A-Za-z0-9._-]+/g, '-')}`;
    let id = base;
    for (let n = 2; this.#taken.has(id); n++) id = `${base}-${n}`;
    this.#taken.add(id);
    return id;
  }

  /** Whether something with this id of ours has been written. */
  has(ours: string): boolean {
    return this.#given.has(ours);
  }
}

/** Ticks as the format's beats. */
export function toBeats(ticks: number): number {
  return ticks / TICKS_PER_QUARTER;
}
