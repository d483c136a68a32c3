/** What pages need to know of the engine's types; they import nothing of the inference folder themselves. */
export type { BenchmarkRow, Capabilities, ModelStatus } from '$lib/inference/client';
