import type { Core, MethodMap } from './core';
import { type PlatformCode, platformError } from './errors';
import type { TabEnvironment } from './leader';
import type { CoreConfig } from './protocol';
import type { WorkerLike } from './supervisor';
import { Tab } from './tab';

const browser: TabEnvironment = {
  lock: async (name, signal, hold) => {
    await navigator.locks.request(name, { signal }, hold);
  },
  channel: (name) => new BroadcastChannel(name),
  randomId: () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join(''),
  startWorker: () => new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'parley-core' }) as WorkerLike,
  now: () => performance.now(),
  setTimeout: (run, ms) => void setTimeout(run, ms),
};

/** What keeps this browser from running the core, or null. */
function obstacle(): PlatformCode | null {
  if (!globalThis.isSecureContext) return 'insecure_context';
  if (typeof WebAssembly !== 'object') return 'no_webassembly';
  if (!('locks' in navigator) || typeof BroadcastChannel === 'undefined') return 'no_locks';
  return null;
}

/**
 * Connects this page to the core, which runs in a worker of one of the origin's tabs. Call it once for a page. Throws
 * a CoreError when this browser cannot run the core at all.
 *
 * The core is let go when the page is hidden for good; should the browser bring the page back, it is loaded anew,
 * since its leadership and its worker are gone.
 */
export function connectCore<M extends MethodMap<M>, E>(config: CoreConfig): Core<M, E> {
  const code = obstacle();
  if (code) throw platformError(code);
  const core = new Tab<M, E>(browser, config);
  addEventListener('pagehide', () => core.close(), { once: true });
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
  return core;
}
