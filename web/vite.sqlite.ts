import type { Plugin } from 'vite';

/**
 * sqlite-wasm brings workers for file systems and interfaces that Parley does not use. Named as
 * `new URL(…, import.meta.url)` they would be bundled all the same, 700 KB of them: take the names away.
 */
export function withoutUnusedWorkers(): Plugin {
  const unused = /new URL\("sqlite3-(?:worker1\.mjs|opfs-async-proxy\.js)", import\.meta\.url\)/g;
  return {
    name: 'parley-sqlite-without-unused-workers',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('@sqlite.org/sqlite-wasm')) return undefined;
      return { code: code.replace(unused, 'undefined'), map: null };
    },
  };
}
