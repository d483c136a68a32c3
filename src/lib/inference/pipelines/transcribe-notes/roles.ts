import type { InstrumentFamily } from '$lib/core/instruments';
import type { NoteActivations } from './activations';
import { ClassBeliefs } from './assign';
import type { HeardNote } from './decode';
import type { NotesParameters, PlayersParameters } from './parameters';

/**
 * How much of what the instruments network says about two players of one note, the harder and the softer, is believed:
 * all of it costs a little correlation on validation songs, half of it none.
 */
const TRUSTED_DIFFERENCE = 0.5;

/** A note as one instrument plays it. */
export interface Role {
  readonly note: HeardNote;
  readonly family: InstrumentFamily;
  /** Probability of the family. */
  readonly probability: number;
  /** 0-1. */
  readonly velocity: number;
}

type FamilyPart = Omit<Role, 'note'>;
type IsAllowed = (family: InstrumentFamily) => boolean;
/** The families that play the note at `index`, the likeliest first; at least one where any is allowed. */
type Caster = (index: number, isAllowed: IsAllowed) => readonly FamilyPart[];

/** One family a note, by the class probabilities. */
function soloCaster(notes: readonly HeardNote[], parameters: NotesParameters): Caster {
  // Dear in long recordings, and rarely asked for where the players are known.
  let beliefs: ClassBeliefs | undefined;
  return (index, isAllowed) => {
    beliefs ??= new ClassBeliefs(notes, parameters);
    const byFamily = [...beliefs.families(index, isAllowed)];
    const [family, probability] = byFamily.reduce((best, x) => (x[1] > best[1] ? x : best));
    return [{ family, probability, velocity: notes[index]!.velocity }];
  };
}

/** One family or several, by the instruments network; a note that it has not heard is left to `otherwise`. */
function playersCaster(
  notes: readonly HeardNote[],
  { families, alsoFrom }: PlayersParameters,
  otherwise: Caster,
): Caster {
  return (index, isAllowed) => {
    const { velocity, candidate } = notes[index]!;
    if (candidate.players === undefined) return otherwise(index, isAllowed);
    const { families: probabilities, velocities } = candidate.players;
    const order = [...families.keys()]
      .filter((k) => isAllowed(families[k]!))
      .sort((a, b) => probabilities[b]! - probabilities[a]!);
    const lead = order[0]!;
    return order
      .filter((k) => k === lead || probabilities[k]! >= alsoFrom)
      .map((k) => ({
        family: families[k]!,
        probability: probabilities[k]!,
        velocity: velocity + TRUSTED_DIFFERENCE * (velocities[k]! - velocities[lead]!),
      }));
  };
}

/**
 * Who plays the notes (ordered by start); a note that several families play has several roles. A family of fewer than
 * `fewestNotes` is a mistake, not a player: its notes go to the next likely family that has more.
 */
export function castNotes(
  notes: readonly HeardNote[],
  activations: Pick<NoteActivations, 'players'>,
  parameters: NotesParameters,
  fewestNotes = 1,
): Role[] {
  const solo = soloCaster(notes, parameters);
  const { players } = activations;
  const cast = players === undefined ? solo : playersCaster(notes, players, solo);
  const sizes = new Map<InstrumentFamily, number>();
  notes.forEach((_, i) => {
    for (const { family } of cast(i, () => true)) sizes.set(family, (sizes.get(family) ?? 0) + 1);
  });
  const most = Math.max(0, ...sizes.values());
  const isPlayer: IsAllowed = (family) => (sizes.get(family) ?? 0) >= Math.min(fewestNotes, most);
  return notes.flatMap((note, i) => cast(i, isPlayer).map((part) => ({ note, ...part })));
}
