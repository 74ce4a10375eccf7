import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { firstVisit, firstVisitOfWorker } from './vite.firstVisit.ts';
import { serviceWorker } from './vite.serviceWorker.ts';
import { withoutUnusedSQLite } from './vite.sqlite.ts';

// The server sends `script-src 'self' 'wasm-unsafe-eval'; style-src 'self'`, so nothing may be inlined:
// no data: URLs for assets, no inline module-preload script, component styles in files.
export default defineConfig({
  plugins: [svelte(), withoutUnusedSQLite(), serviceWorker(), firstVisit()],
  base: '/',
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 900,
  },
  worker: { format: 'es', plugins: () => [withoutUnusedSQLite(), firstVisitOfWorker()] },
  // Pre-bundled, sqlite-wasm would not come through withoutUnusedSQLite.
  optimizeDeps: { exclude: ['@sqlite.org/sqlite-wasm'] },
  server: { host: '127.0.0.1', proxy: { '/v1': { target: 'http://127.0.0.1:8080', ws: true } } },
  test: { include: ['src/**/*.test.ts', 'scripts/**/*.test.mjs'], environment: 'node' },
});
