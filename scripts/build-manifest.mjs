#!/usr/bin/env node
// Collects static/models/<id>/<version>/entry.json into static/models/manifest.json, checking size and hash of each model.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..', 'static', 'models');
const check = process.argv.includes('--check');

function entries() {
  const found = [];
  for (const id of readdirSync(root)) {
    if (!statSync(path.join(root, id)).isDirectory()) continue;
    for (const version of readdirSync(path.join(root, id))) {
      const file = path.join(root, id, version, 'entry.json');
      if (existsSync(file)) found.push(JSON.parse(readFileSync(file, 'utf8')));
    }
  }
  return found.sort((a, b) => a.id.localeCompare(b.id));
}

const filesOf = (model) => (model.onWasm === undefined ? [model] : [model, model.onWasm]);

const models = entries();
for (const model of models) {
  for (const form of filesOf(model)) {
    const bytes = readFileSync(path.join(root, form.url));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (bytes.length !== form.bytes || sha256 !== form.sha256) {
      console.error(`${form.url}: the file is ${bytes.length} bytes, ${sha256}; its entry says otherwise`);
      process.exit(1);
    }
  }
  for (const beside of [model.card, path.join(path.dirname(model.card), 'LICENSE')]) {
    if (!existsSync(path.join(root, beside))) {
      console.error(`${model.id}: ${beside} is missing`);
      process.exit(1);
    }
  }
}
const text = `${JSON.stringify({ schemaVersion: 1, models }, null, 2)}\n`;
const target = path.join(root, 'manifest.json');
if (check) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error('static/models/manifest.json is out of date: run node scripts/build-manifest.mjs');
    process.exit(1);
  }
} else writeFileSync(target, text);
const total = models.flatMap(filesOf).reduce((sum, { bytes }) => sum + bytes, 0);
console.log(`${models.length} models, ${(total / 1e6).toFixed(1)} MB`);
