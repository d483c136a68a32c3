import * as v from 'valibot';

const TensorSpec = v.object({
  name: v.string(),
  type: v.string(),
  shape: v.array(v.union([v.number(), v.string()])),
});

const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const ByteCount = v.pipe(v.number(), v.integer(), v.minValue(1));

const ModelEntrySchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/)),
  version: v.string(),
  task: v.string(),
  name: v.string(),
  /** Relative to the manifest. */
  url: v.string(),
  bytes: ByteCount,
  sha256: Sha256,
  /** The form of the network that is faster on WASM and that WebGPU cannot run: 8-bit integers inside. */
  onWasm: v.optional(v.object({ url: v.string(), bytes: ByteCount, sha256: Sha256 })),
  licence: v.string(),
  source: v.string(),
  /** Shown in the app where the licence asks for credit. */
  attribution: v.optional(v.string()),
  sampleRateHz: v.number(),
  inputs: v.array(TensorSpec),
  outputs: v.array(TensorSpec),
  /** Feature and decoder settings that belong to these weights. */
  parameters: v.optional(v.record(v.string(), v.unknown()), {}),
  card: v.string(),
});

const ManifestSchema = v.object({ schemaVersion: v.literal(1), models: v.array(ModelEntrySchema) });

export type ModelEntry = v.InferOutput<typeof ModelEntrySchema>;
export type ModelManifest = v.InferOutput<typeof ManifestSchema>;

/** The entry with the file that the backend runs. */
export function entryFor(entry: ModelEntry, backend: 'webgpu' | 'wasm'): ModelEntry {
  return backend === 'wasm' ? { ...entry, ...entry.onWasm } : entry;
}

/** One entry for each file that a machine of this backend can come to need: WebGPU falls back on WASM. */
export function entriesFor(entry: ModelEntry, backend: 'webgpu' | 'wasm'): readonly ModelEntry[] {
  const onWasm = entryFor(entry, 'wasm');
  return backend === 'wasm' || entry.onWasm === undefined ? [onWasm] : [onWasm, entry];
}

/** Throws ValiError where the manifest is not as documented in docs/models.md. */
export function parseManifest(json: unknown): ModelManifest {
  return v.parse(ManifestSchema, json);
}
