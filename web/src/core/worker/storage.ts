// Where SQLite keeps its files: a pool of synchronous access handles in the origin private file system.
import type { SAHPoolUtil, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { platformError } from '../errors';

/** Files of the pool: database and journal of each of a few databases. The pool cannot grow while Go runs. */
const POOL_FILES = 12;

/** A worker that was just ended frees its handles a little later: wait 20 ms, 40 ms, … about 5 s in all. */
const BUSY_TRIES = 9;
const BUSY_FIRST_WAIT_MS = 20;

/** Opens the pool, or gives null where the browser has none to offer (Firefox's private windows, old browsers). */
export async function openPool(sqlite3: Sqlite3Static): Promise<SAHPoolUtil | null> {
  if (!(await offersFiles())) return null;
  for (let attempt = 0; ; attempt++) {
    try {
      return await sqlite3.installOpfsSAHPoolVfs({
        name: 'parley',
        directory: '/parley',
        initialCapacity: POOL_FILES,
        // Without this a pool that another worker still holds is *deleted* when opening it fails.
        preserveOnInitFailure: true,
        ...{ forceReinitIfPreviouslyFailed: true, verbosity: 0 },
      });
    } catch (error) {
      if (!isBusy(error)) throw platformError('storage_failed', error);
      if (attempt === BUSY_TRIES) throw platformError('storage_busy', error);
      await new Promise((resolve) => setTimeout(resolve, BUSY_FIRST_WAIT_MS * 2 ** attempt));
    }
  }
}

/** Whether the browser has private files and lets this page use them. */
async function offersFiles(): Promise<boolean> {
  const handle = globalThis.FileSystemFileHandle as { prototype?: object } | undefined;
  if (!handle?.prototype || !('createSyncAccessHandle' in handle.prototype)) return false;
  try {
    await navigator.storage.getDirectory();
    return true;
  } catch {
    return false;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'NoModificationAllowedError';
}

/** Tells whether a file operation has failed for want of space since the last call. */
export type QuotaWatch = () => boolean;

/**
 * The VFS reports every failed write as an I/O error. This notes which of them were the browser's quota, so that the
 * driver can say SQLITE_FULL.
 */
export function watchQuota(): QuotaWatch {
  let hit = false;
  const prototype = globalThis.FileSystemSyncAccessHandle?.prototype;
  for (const name of ['write', 'truncate', 'flush'] as const) {
    const original = prototype?.[name] as ((...args: unknown[]) => unknown) | undefined;
    if (!original) continue;
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: unknown, ...args: unknown[]) {
        try {
          return original.apply(this, args);
        } catch (error) {
          if ((error as { name?: unknown } | null)?.name === 'QuotaExceededError') hit = true;
          throw error;
        }
      },
    });
  }
  return () => {
    const was = hit;
    hit = false;
    return was;
  };
}
