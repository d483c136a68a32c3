#!/usr/bin/env node
// npm start: installs what is missing, builds the site, serves it and prints the address.
import { ensurePackages, root, run } from './lib/run.mjs';

ensurePackages();
if (run('npx', ['vite', 'build', '--logLevel', 'warn']) !== 0) process.exit(1);

const { preview } = await import('vite');
const server = await preview({
  root,
  preview: { port: Number(process.env.PORT ?? 4173), host: 'localhost' },
});
console.log(
  `\nLoopMind is ready: ${server.resolvedUrls?.local[0] ?? 'http://localhost:4173/'}\nPress Ctrl+C to stop.`,
);
