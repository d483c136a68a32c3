import { child, descend, type XmlNode } from './xml-tree';

/** What an automation target id in the file means. */
export interface LiveTarget {
  readonly deviceId?: string;
  readonly parameterId?: string;
  readonly name: string;
  /** The breakpoints Live 8 and 9 keep inside the parameter itself. */
  readonly events: readonly number[] | undefined;
  /** A clip's envelope that is added to the parameter instead of setting it. */
  readonly isModulation?: boolean;
}

/** Remembers which automation, and which modulation by clips, a parameter answers to. */
export function collectTarget(
  parameter: XmlNode,
  target: Omit<LiveTarget, 'events' | 'isModulation'>,
  targets: Map<string, LiveTarget>,
): void {
  const id = child(parameter, 'AutomationTarget')?.attributes.Id;
  if (id !== undefined) {
    targets.set(id, { ...target, events: descend(parameter, 'ArrangerAutomation', 'Events')?.events });
  }
  const modulationId = child(parameter, 'ModulationTarget')?.attributes.Id;
  if (modulationId !== undefined) {
    const name = `${target.name} (modulation)`;
    targets.set(modulationId, { ...target, name, events: undefined, isModulation: true });
  }
}
