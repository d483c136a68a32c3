import type { Device } from './project';

/** The devices of a chain with those inside racks, each rack before what it holds. */
export function allDevices(devices: readonly Device[]): readonly Device[] {
  return devices.flatMap((device) => [
    device,
    ...(device.chains ?? []).flatMap((chain) => allDevices(chain.devices)),
  ]);
}
