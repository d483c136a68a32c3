import * as v from 'valibot';

const TensorSpec = v.object({
  name: v.string(),
  type: v.string(),
  shape: v.array(v.union([v.number(), v.string()])),
});

const ModelEntrySchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/)),
  version: v.string(),
  task: v.string(),
  name: v.string(),
  /** Relative to the manifest. */
  url: v.string(),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
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

/** Throws ValiError where the manifest is not as documented in docs/models.md. */
export function parseManifest(json: unknown): ModelManifest {
  return v.parse(ManifestSchema, json);
}
