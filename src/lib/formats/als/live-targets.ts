import type { AutomationLane, AutomationTarget } from '../../core/project';
import { child, descend, POINT_STRIDE, textOf, type XmlNode } from './xml-tree';

/** What an automation target id in the file means, as far as a lane needs it. */
export interface LiveTarget {
  readonly kind: AutomationTarget['kind'];
  readonly unit: AutomationLane['unit'];
  readonly deviceId?: string;
  readonly parameterId?: string;
  readonly name: string;
  /** The breakpoints Live 8 and 9 keep inside the parameter itself. */
  readonly events: readonly number[] | undefined;
  /** A clip's envelope that is added to the parameter instead of setting it. */
  readonly isModulation?: boolean;
}

/**
 * What the automation of a track moves, by the id in the file. A track has thousands of parameters and few that move: only
 * those are kept.
 */
export class TargetTable {
  readonly #byId = new Map<string, LiveTarget>();
  readonly #wanted: ReadonlySet<string>;

  /** For the curves on `track` and in its clips. */
  constructor(track: XmlNode) {
    this.#wanted = pointees(track);
  }

  get(id: string): LiveTarget | undefined {
    return this.#byId.get(id);
  }

  values(): Iterable<LiveTarget> {
    return this.#byId.values();
  }

  /** Remembers which automation, and which modulation by clips, a parameter answers to. */
  addParameter(parameter: XmlNode, describe: () => Omit<LiveTarget, 'events' | 'isModulation'>): void {
    const id = child(parameter, 'AutomationTarget')?.attributes.Id;
    const own = descend(parameter, 'ArrangerAutomation', 'Events')?.events;
    const moves = own !== undefined && own.length > POINT_STRIDE;
    if (id !== undefined && (moves || this.#wanted.has(id))) {
      this.#byId.set(id, { ...describe(), events: own });
    }
    const modulationId = child(parameter, 'ModulationTarget')?.attributes.Id;
    if (modulationId === undefined || !this.#wanted.has(modulationId)) return;
    const target = describe();
    const name = `${target.name} (modulation)`;
    this.#byId.set(modulationId, { ...target, name, events: undefined, isModulation: true });
  }

  /** Remembers what is no parameter: MIDI messages, and how a clip plays its sample. */
  add(id: string, target: LiveTarget): void {
    if (this.#wanted.has(id)) this.#byId.set(id, target);
  }
}

/** Devices and mixer hold parameters, no curves. */
const WITHOUT_ENVELOPES: ReadonlySet<string> = new Set(['Devices', 'Mixer']);

function pointees(node: XmlNode, found = new Set<string>()): ReadonlySet<string> {
  for (const candidate of node.children) {
    if (candidate.tag === 'EnvelopeTarget') found.add(textOf(candidate, 'PointeeId') ?? '');
    else if (!WITHOUT_ENVELOPES.has(candidate.tag)) pointees(candidate, found);
  }
  return found;
}
