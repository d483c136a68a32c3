import type { DeviceParameter, PluginFormat } from '../../core/project';
import { nativeParameters } from './native-parameters';
import type { Payload } from './payload';

/** What the state of a plug-in (event 213) says about it. */
export interface PluginState {
  readonly pluginName?: string;
  readonly vendor?: string;
  readonly pluginFormat: PluginFormat;
  readonly parameters: readonly DeviceParameter[];
  readonly opaqueBytes: number;
}

/** The native host of third-party plug-ins; its state is a list of blocks: u32 id, u64 size, data. */
const WRAPPER = 'fruity wrapper';
const BLOCK = { fourCc: 51, guid: 52, state: 53, name: 54, path: 55, vendor: 56 } as const;
const MAX_BLOCKS = 1000;

/** `internalName`: event 201. Unknown states are counted, not read. */
export function readPluginState(internalName: string, state: Payload | undefined): PluginState {
  if (state === undefined) return { pluginFormat: 'native', parameters: [], opaqueBytes: 0 };
  if (internalName.toLowerCase() === WRAPPER) return readWrapper(state);
  const parameters = nativeParameters(internalName, state);
  return {
    pluginFormat: 'native',
    parameters,
    opaqueBytes: parameters.length > 0 ? 0 : state.size,
  };
}

function readWrapper(state: Payload): PluginState {
  const texts = new Map<number, string>();
  let isVst3 = false;
  let opaqueBytes = 0;
  let at = 4;
  for (let i = 0; i < MAX_BLOCKS && at + 12 <= state.size; i++) {
    const id = state.u32(at);
    const size = state.u64(at + 4);
    if (size > state.size - at - 12) break;
    const data = state.part(at + 12, size);
    if (id === BLOCK.state) opaqueBytes += size;
    if (id === BLOCK.guid) isVst3 = true;
    if (id === BLOCK.name || id === BLOCK.path || id === BLOCK.vendor) {
      texts.set(id, data.text(data.looksLikeUtf16() ? 'utf-16' : '8-bit'));
    }
    at += 12 + size;
  }
  const path = texts.get(BLOCK.path) ?? '';
  const pluginName = texts.get(BLOCK.name) ?? fileStem(path);
  const vendor = texts.get(BLOCK.vendor);
  return {
    ...(pluginName === '' ? {} : { pluginName }),
    ...(vendor === undefined || vendor === '' ? {} : { vendor }),
    pluginFormat: formatOf(path, isVst3),
    parameters: [],
    opaqueBytes,
  };
}

function formatOf(path: string, isVst3: boolean): PluginFormat {
  if (isVst3 || /\.vst3/i.test(path)) return 'vst3';
  if (/\.component/i.test(path)) return 'au';
  if (/\.clap/i.test(path)) return 'clap';
  return 'vst2';
}

function fileStem(path: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? '';
  return name.replace(/\.[^.]*$/, '');
}
