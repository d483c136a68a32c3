// As in ort-wasm.ts. This build has the WASM backend as well, as fast as the plain one once it runs.
export * as ort from 'onnxruntime-web/webgpu';
export { default as moduleUrl } from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
export { default as wasmUrl } from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
