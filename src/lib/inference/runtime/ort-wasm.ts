// The files are named here so that the bundler emits exactly these two; the loader must not guess from its own address,
// or every thread would start the whole worker again.
export * as ort from 'onnxruntime-web/wasm';
export { default as moduleUrl } from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
export { default as wasmUrl } from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
