import { groupBy } from '../../core/group-by';
import type { AutomationLane, AutomationTarget } from '../../core/project';
import { CHANNEL_PRESSURE, PITCH_BEND, type RawController } from './track-events';

const CC = { volume: 7, pan: 10, expression: 11 } as const;
/** Bank select, parameter numbers and channel modes set something up; they are no curves. */
const SETUP = new Set([0, 32, 6, 38, 96, 97, 98, 99, 100, 101]);
const FIRST_MODE = 120;
const FULL = 127;
const CENTRE = 64;
const NAMES: Readonly<Record<number, string>> = {
  1: 'Modulation',
  2: 'Breath',
  5: 'Portamento time',
  7: 'Volume',
  10: 'Pan',
  11: 'Expression',
  64: 'Sustain pedal',
  65: 'Portamento',
  66: 'Sostenuto',
  67: 'Soft pedal',
  71: 'Resonance',
  74: 'Cutoff',
  91: 'Reverb',
  93: 'Chorus',
  [PITCH_BEND]: 'Pitch bend',
  [CHANNEL_PRESSURE]: 'Pressure',
};

/** The channel volume a track starts with; General MIDI's law is 40 log10 (v / 127) dB, its default no change. */
export function initialGain(controllers: readonly RawController[]): number {
  const first = controllers.find(({ controller }) => controller === CC.volume);
  return first === undefined ? 1 : (first.value / FULL) ** 2;
}

export function initialPan(controllers: readonly RawController[]): number {
  const first = controllers.find(({ controller }) => controller === CC.pan);
  return first === undefined ? 0 : Math.max(-1, Math.min(1, (first.value - CENTRE) / (FULL - CENTRE)));
}

/** Curves of a track's controllers. Volume and pan set only once belong to the mixer and are left out here. */
export function controllerLanes(
  controllers: readonly RawController[],
  owner: { id: string; name: string; trackId: string; channelId: string },
  scale: number,
): AutomationLane[] {
  const byController = groupBy(controllers, ({ controller }) => controller);
  return [...byController].flatMap(([controller, events]): AutomationLane[] => {
    const isSetup = SETUP.has(controller) || (controller >= FIRST_MODE && controller < PITCH_BEND);
    const isInitial = events.length === 1 && (controller === CC.volume || controller === CC.pan);
    if (isSetup || isInitial) return [];
    const name = `${owner.name}: ${NAMES[controller] ?? `Controller ${controller}`}`;
    return [
      {
        id: `automation:${owner.id}:${controller}`,
        name,
        target: {
          kind: targetKind(controller),
          name,
          trackId: owner.trackId,
          channelId: owner.channelId,
          parameterId: String(controller),
        },
        scope: 'timeline',
        unit: controller === PITCH_BEND ? 'raw' : 'midi',
        points: events.map(({ tick, value }) => ({ ticks: tick * scale, value, curve: 'hold' })),
      },
    ];
  });
}

function targetKind(controller: number): AutomationTarget['kind'] {
  if (controller === CC.volume) return 'volume';
  if (controller === CC.pan) return 'pan';
  return controller === PITCH_BEND ? 'pitch' : 'controller';
}
