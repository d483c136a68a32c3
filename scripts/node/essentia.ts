import { createRequire } from 'node:module';
import { loadKeyExtractor, type KeyExtractor } from '$lib/audio/analysis/essentia';

/** The key extractor of the browser under Node, where its glue code expects the globals of CommonJS. */
export function loadKeyExtractorInNode(): Promise<KeyExtractor> {
  Object.assign(globalThis, { __dirname: import.meta.dirname, require: createRequire(import.meta.url) });
  return loadKeyExtractor();
}
