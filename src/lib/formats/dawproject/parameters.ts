import type { AutomationTarget } from '../../core/project';
import type { XmlElement } from './xml-dom';

export interface KnownParameter {
  readonly target: AutomationTarget;
  readonly unit: string | undefined;
}

/** Parameters by their XML id, for the automation that refers to them. */
export class ParameterTable {
  readonly #byId = new Map<string, KnownParameter>();

  add(element: XmlElement | undefined, target: AutomationTarget): void {
    const id = element?.attributes.id;
    if (id !== undefined) this.#byId.set(id, { target, unit: element?.attributes.unit });
  }

  get(id: string | undefined): KnownParameter | undefined {
    return id === undefined ? undefined : this.#byId.get(id);
  }
}
