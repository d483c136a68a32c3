export type WebGpuKind = 'hardware' | 'software' | 'none';
export type Backend = 'webgpu' | 'wasm';

export interface AdapterReport {
  readonly webgpu: WebGpuKind;
  readonly adapter?: string;
}

/** Names under which browsers present a graphics adapter that is really the CPU. */
const SOFTWARE_ADAPTERS = /swiftshader|llvmpipe|lavapipe|software|basic render|warp/i;
/** More threads than this cost more in waiting than they bring for networks of this size. */
const MAX_THREADS = 8;

/** What graphics adapter is there; software adapters are 35-500 times slower than WASM and count as none. */
export async function detectAdapter(): Promise<AdapterReport> {
  if (!('gpu' in navigator)) return { webgpu: 'none' };
  try {
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) return { webgpu: 'none' };
    const { vendor, architecture, device, description } = adapter.info;
    const words = [vendor, architecture, device, description].filter((word) => word !== '').join(' ');
    const isSoftware = adapter.info.isFallbackAdapter || SOFTWARE_ADAPTERS.test(words);
    return { webgpu: isSoftware ? 'software' : 'hardware', adapter: words };
  } catch {
    return { webgpu: 'none' };
  }
}

/** One thread without cross-origin isolation; else the cores there are, within reason. */
export function wasmThreads(isolated: boolean, hardwareConcurrency: number): number {
  return isolated ? Math.max(1, Math.min(MAX_THREADS, hardwareConcurrency)) : 1;
}

/** The user's word counts; 'auto' means WebGPU only where a real adapter is there. */
export function chooseBackend(wanted: 'auto' | Backend, webgpu: WebGpuKind): Backend {
  if (wanted === 'wasm') return 'wasm';
  if (wanted === 'webgpu') return webgpu === 'none' ? 'wasm' : 'webgpu';
  return webgpu === 'hardware' ? 'webgpu' : 'wasm';
}
