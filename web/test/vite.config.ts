import { defineConfig } from 'vite';
import { withoutUnusedSQLite } from '../vite.sqlite.ts';

// For the pages that tests open: what matters to workers and to the content security policy is as in the app.
export default defineConfig({
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false }, emptyOutDir: true },
  worker: { format: 'es', plugins: () => [withoutUnusedSQLite()] },
});
