import { sveltekit } from '@sveltejs/kit/vite';
import { SvelteKitPWA } from '@vite-pwa/sveltekit';
import type { Plugin } from 'vite';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** `server.headers` does not reach SvelteKit's HTML, so the headers are set by a middleware on dev and preview. */
function isolationHeaders(): Plugin {
  const use = (server: {
    middlewares: {
      use: (
        fn: (req: unknown, res: { setHeader(k: string, v: string): void }, next: () => void) => void,
      ) => void;
    };
  }): void => {
    server.middlewares.use((_req, res, next) => {
      for (const [name, value] of Object.entries(ISOLATION_HEADERS)) res.setHeader(name, value);
      next();
    });
  };
  return { name: 'loopmind-isolation-headers', configureServer: use, configurePreviewServer: use };
}

/** The service worker tells heavy files by their names; SvelteKit gives the chunks of workers none. */
function namedWorkerChunks(): Plugin {
  return {
    name: 'loopmind-named-worker-chunks',
    enforce: 'post',
    config: () => ({
      worker: {
        rolldownOptions: {
          output: { chunkFileNames: '_app/immutable/workers/chunks/[name]-[hash].js' },
        },
      },
    }),
  };
}

/** Tests in a real Chromium with WebGPU, the software adapter where there is no GPU. */
function browserProject(name: string, include: string[]): TestProjectConfiguration {
  return {
    extends: true,
    test: {
      name,
      include,
      testTimeout: 600_000,
      provide: { modelsUrl: '/models' },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({
          launchOptions: {
            executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
            args: [
              '--no-sandbox',
              '--enable-unsafe-webgpu',
              ...(process.env.GPU === undefined ? ['--use-webgpu-adapter=swiftshader'] : []),
            ],
          },
        }),
        instances: [{ browser: 'chromium' }],
      },
    },
  };
}

export default defineConfig({
  plugins: [
    isolationHeaders(),
    sveltekit(),
    namedWorkerChunks(),
    SvelteKitPWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'service-worker.ts',
      registerType: 'prompt',
      injectRegister: false,
      manifest: {
        name: 'LoopMind',
        short_name: 'LoopMind',
        description: 'Drop in a song, get an accurate MIDI file per instrument. Nothing leaves your machine.',
        theme_color: '#16171a',
        background_color: '#0f1012',
        display: 'standalone',
        // Relative, so that it installs below a sub-path too.
        id: './',
        start_url: './',
        scope: './',
        icons: [
          { src: 'icons/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icons/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icons/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      injectManifest: {
        globPatterns: [
          'client/**/*.{js,css,woff2,webmanifest}',
          'prerendered/**/*.html',
          'client/icons/*',
          // Named here, stored when first used: see src/service-worker.ts.
          'client/**/*.wasm',
          'client/{instruments,demo}/*.{mp3,ogg,json}',
        ],
        maximumFileSizeToCacheInBytes: 30_000_000,
      },
      devOptions: { enabled: false },
    }),
  ],
  worker: { format: 'es' },
  build: { target: 'es2023' },
  optimizeDeps: {
    include: [
      'comlink',
      'idb',
      'tone',
      '@tonejs/midi',
      'midi-file',
      'saxes',
      'fflate',
      'mediabunny',
      'valibot',
    ],
    exclude: ['onnxruntime-web', 'essentia.js', '@echogarden/pffft-wasm'],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['src/**/*.test.ts', 'tests/unit/**/*.test.ts'],
          exclude: ['src/**/*.browser.test.ts'],
          environment: 'node',
          testTimeout: 30_000,
        },
      },
      browserProject('browser', ['src/**/*.browser.test.ts']),
      // Not part of npm test: `npm run parity`.
      browserProject('parity', ['tests/parity/*.parity.test.ts']),
    ],
  },
});
