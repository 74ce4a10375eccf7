import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin, Rolldown } from 'vite';

/** What workers load on demand; they are built before the page is. */
const ofWorkers = new Set<string>();

/** For the plugins of workers: finds what firstVisit adds to its own list. */
export function firstVisitOfWorker(): Plugin {
  return {
    name: 'parley-first-visit-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const file of onDemand(bundle)) ofWorkers.add(file);
    },
  };
}

/**
 * Writes build/onDemand.json: the scripts and styles of dist that nothing imports statically from an entry. They are
 * loaded when a person first opens what needs them, so test/size.mjs counts them apart.
 */
export function firstVisit(): Plugin {
  let root = '';
  return {
    name: 'parley-first-visit',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    generateBundle(_options, bundle) {
      if (!('sw.js' in bundle)) return; // a page of a test
      mkdirSync(join(root, 'build'), { recursive: true });
      writeFileSync(join(root, 'build', 'onDemand.json'), JSON.stringify([...onDemand(bundle), ...ofWorkers].sort()));
    },
  };
}

function onDemand(bundle: Rolldown.OutputBundle): string[] {
  const chunks = Object.values(bundle).filter((output) => output.type === 'chunk');
  const first = filesOf(reached(chunks));
  return [...filesOf(chunks)].filter((file) => !first.has(file));
}

/** The entries and all that they import, statically. */
function reached(chunks: Rolldown.OutputChunk[]): Rolldown.OutputChunk[] {
  const found = new Set(chunks.filter((chunk) => chunk.isEntry));
  for (const chunk of found) {
    for (const other of chunks) if (chunk.imports.includes(other.fileName)) found.add(other);
  }
  return [...found];
}

function filesOf(chunks: Rolldown.OutputChunk[]): Set<string> {
  return new Set(chunks.flatMap((chunk) => [chunk.fileName, ...(chunk.viteMetadata?.importedCss ?? [])]));
}
