import type { AutomationLane, AutomationPoint, AutomationTarget } from '../../core/project';
import { MS_A_SECOND } from './structure';
import { numberAttribute, type XmlElement } from './xml-dom';

/** The value of a point, switches as 0 and 1. */
export function pointValue(point: XmlElement): number | undefined {
  const text = point.attributes.value;
  if (text === 'true') return 1;
  if (text === 'false') return 0;
  return numberAttribute(point, 'value');
}

/** A point of a lane; only real values may move evenly to the next. */
export function toAutomationPoint(point: XmlElement, ticks: number, value: number): AutomationPoint {
  const isStep = point.tag !== 'RealPoint' || point.attributes.interpolation !== 'linear';
  return { ticks, value, ...(isStep ? { curve: 'hold' as const } : {}) };
}

/** Gains become linear and pans -1..1, whatever unit they were written in. */
export function normalise(value: number, kind: AutomationTarget['kind'], unit: string | undefined): number {
  if ((kind === 'volume' || kind === 'send') && unit === 'decibel') return 10 ** (value / 20);
  if (kind === 'pan' && unit !== 'linear') return value * 2 - 1;
  if (kind === 'device' && unit === 'seconds') return value * MS_A_SECOND;
  return value;
}

/** What the values of a lane mean after {@link normalise}. */
export function laneUnit(kind: AutomationTarget['kind'], unit: string | undefined): AutomationLane['unit'] {
  if (kind === 'volume' || kind === 'send') return 'gain';
  if (kind === 'pan') return 'pan';
  if (kind === 'tempo') return 'bpm';
  return unit === 'normalized' ? 'normalized' : 'raw';
}

/** Expressions and MIDI controllers, which are no parameters of a device. */
export function expressionTarget(target: XmlElement | undefined, trackId: string): AutomationTarget {
  const expression = target?.attributes.expression;
  const owner = trackId === '' ? {} : { trackId };
  if (expression === 'channelController') {
    const number = target?.attributes.controller ?? '0';
    return { kind: 'controller', name: `Controller ${number}`, ...owner, parameterId: number };
  }
  if (expression === 'pitchBend' || expression === 'transpose')
    return { kind: 'pitch', name: 'Pitch', ...owner };
  return { kind: 'unknown', name: expression ?? 'Unknown parameter', ...owner };
}
