import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { Plugin } from 'vite';

const serviceWorkerEntry = 'src/serviceWorker/sw.ts';

/** Fetched when first needed, by few people: not part of what is kept from the start. */
const onDemand = /\/(zxing_reader|data)-[^/]+\.(wasm|json)$/;

/** Builds dist/sw.js, with the list of the files that it keeps and a version that changes with any of them. */
export function serviceWorker(): Plugin {
  let folder = '';
  return {
    name: 'parley-service-worker',
    apply: 'build',
    config({ root = process.cwd(), build }) {
      // Tests build pages of their own with this configuration.
      if (build?.rolldownOptions?.input || !existsSync(join(root, serviceWorkerEntry))) return undefined;
      return {
        build: {
          rolldownOptions: {
            input: { index: 'index.html', sw: serviceWorkerEntry },
            output: { entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
          },
        },
      };
    },
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      const file = join(folder, 'sw.js');
      if (existsSync(file)) writeFileSync(file, readFileSync(file, 'utf8').replaceAll('__SHELL__', JSON.stringify(shell(folder))));
    },
  };
}

function shell(folder: string): { version: string; files: string[] } {
  const hash = createHash('sha256');
  const files: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.') || entry.name === 'sw.js') continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(folder, file).split(sep).join('/')}`;
    if (onDemand.test(path)) continue;
    files.push(path === '/index.html' ? '/' : path);
    hash.update(path).update(readFileSync(file));
  }
  return { version: hash.digest('hex').slice(0, 12), files: files.sort() };
}
