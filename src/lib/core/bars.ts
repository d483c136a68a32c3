import { TICKS_PER_QUARTER } from './notes';
import type { TimeSignature, TimeSignatureChange } from './tempo-map';

export function barTicks({ numerator, denominator }: TimeSignature): number {
  return (numerator * 4 * TICKS_PER_QUARTER) / denominator;
}

/**
 * Start ticks of the bars from 0 until `endTicks` is covered, at most `maxBars`. A change of metre starts a new bar, as
 * every sequencer draws it.
 */
export function barStarts(
  signatures: readonly TimeSignatureChange[],
  endTicks: number,
  maxBars: number,
): number[] {
  const starts: number[] = [];
  let tick = 0;
  let next = 0;
  let length = barTicks({ numerator: 4, denominator: 4 });
  while (tick < endTicks && starts.length < maxBars) {
    while (next < signatures.length && signatures[next]!.tick <= tick) length = barTicks(signatures[next++]!);
    starts.push(tick);
    const change = signatures[next]?.tick ?? Infinity;
    tick = Math.min(tick + length, change);
  }
  return starts;
}

/** Bar and beat of a tick, both from 1. */
export function barAt(
  signatures: readonly TimeSignatureChange[],
  tick: number,
): { bar: number; beat: number } {
  let barsBefore = 0;
  let start = 0;
  let signature: TimeSignature = { numerator: 4, denominator: 4 };
  for (const change of signatures) {
    if (change.tick > tick) break;
    barsBefore += Math.ceil((change.tick - start) / barTicks(signature) - 1e-9);
    start = change.tick;
    signature = change;
  }
  const bars = Math.floor((tick - start) / barTicks(signature) + 1e-9);
  const beatTicks = (4 * TICKS_PER_QUARTER) / signature.denominator;
  const beat = Math.floor((tick - start - bars * barTicks(signature)) / beatTicks + 1e-9);
  return { bar: barsBefore + bars + 1, beat: beat + 1 };
}

/** A signature every part of the program can count with: 1-99 over a power of two up to 64. */
export function isUsableSignature({ numerator, denominator }: TimeSignature): boolean {
  return (
    Number.isInteger(numerator) &&
    numerator >= 1 &&
    numerator <= 99 &&
    [1, 2, 4, 8, 16, 32, 64].includes(denominator)
  );
}
