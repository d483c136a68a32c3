import ts from 'typescript-eslint';
import svelte from 'eslint-plugin-svelte';
import boundaries from 'eslint-plugin-boundaries';
import globals from 'globals';
import svelteConfig from './svelte.config.js';

/** Who may import whom: docs/architecture.md. The first matching element wins. */
const elements = [
  { type: 'core', pattern: 'src/lib/core/**', partialMatch: false },
  { type: 'dsp', pattern: 'src/lib/audio/dsp/**', partialMatch: false },
  { type: 'audio', pattern: 'src/lib/audio/**', partialMatch: false },
  { type: 'inference-client', pattern: ['src/lib/inference/client.ts'], partialMatch: false },
  { type: 'inference', pattern: 'src/lib/inference/!(client.ts)**', partialMatch: false },
  { type: 'formats', pattern: 'src/lib/formats/**', partialMatch: false },
  { type: 'style', pattern: 'src/lib/style/**', partialMatch: false },
  { type: 'library', pattern: 'src/lib/library/**', partialMatch: false },
  { type: 'state', pattern: 'src/lib/state/**', partialMatch: false },
  { type: 'editor', pattern: 'src/lib/editor/**', partialMatch: false },
  { type: 'ui', pattern: 'src/lib/ui/**', partialMatch: false },
  { type: 'routes', pattern: 'src/routes/**', partialMatch: false },
  { type: 'service-worker', pattern: 'src/service-worker.ts', partialMatch: false },
];

const allowed = {
  core: ['core'],
  dsp: ['core', 'dsp'],
  audio: ['core', 'dsp', 'formats', 'audio'],
  inference: ['core', 'dsp', 'audio', 'formats', 'inference'],
  'inference-client': ['core', 'inference'],
  formats: ['core', 'dsp', 'formats'],
  style: ['core', 'dsp', 'style'],
  library: ['core', 'library', 'formats'],
  state: ['core', 'inference-client', 'formats', 'library', 'audio', 'style', 'state'],
  editor: ['core', 'audio', 'state', 'ui', 'editor'],
  ui: ['ui'],
  routes: ['core', 'audio', 'state', 'editor', 'ui', 'routes'],
  'service-worker': ['core'],
};

const onlyHere = (name, message) => ({ name, message });

export default ts.config(
  {
    ignores: [
      'build/',
      '.svelte-kit/',
      'node_modules/',
      'training/',
      'test-results/',
      'static/',
      'screenshots/',
      '.local/',
      'coverage/',
    ],
  },
  ...ts.configs.strict,
  ...svelte.configs['flat/recommended'],
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      eqeqeq: 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      'svelte/no-navigation-without-resolve': 'off',
      // Collections in $state.raw are replaced, never changed: a reactive Map would hide that.
      'svelte/prefer-svelte-reactivity': 'off',
      'no-undef': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  {
    files: ['src/**/*.{ts,svelte}'],
    ignores: ['src/**/*.test.ts'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': elements,
      'import/resolver': { typescript: { alwaysTryTypes: true } },
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: Object.entries(allowed).map(([from, to]) => ({
            from: { element: { types: from } },
            allow: [{ to: { element: { types: to } } }],
          })),
        },
      ],
    },
  },
  {
    files: ['src/**/*.{ts,svelte}'],
    ignores: [
      'src/lib/inference/runtime/ort{,-wasm,-webgpu}.ts',
      'src/lib/audio/playback/**',
      'src/lib/audio/analysis/essentia.ts',
      'src/lib/audio/dsp/fast-{fft,chirp-fft}.ts',
      'src/**/*.test.ts',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            ...['', '/wasm', '/webgpu'].map((build) =>
              onlyHere(
                `onnxruntime-web${build}`,
                'Only src/lib/inference/runtime/ort{,-wasm,-webgpu}.ts import ONNX Runtime.',
              ),
            ),
            onlyHere(
              '@echogarden/pffft-wasm/simd',
              'Only src/lib/audio/dsp/fast-{fft,chirp-fft}.ts import PFFFT.',
            ),
            onlyHere('tone', 'Only src/lib/audio/playback imports Tone.js.'),
          ],
          patterns: [
            {
              group: ['essentia.js', 'essentia.js/*'],
              message: 'Only src/lib/audio/analysis/essentia.ts imports essentia.js.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', 'tests/**', 'scripts/**', '*.config.*'],
    rules: { 'no-console': 'off', '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
);
