import type { Status } from '../core/api.gen';

/** Kept apart from the messages: a browser that runs out of room removes these, and leaves this. */
const storageKey = 'parley.device';

type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * Remembers that this browser has a device, so that it can be told when the browser has deleted its data (M197), and
 * asks the browser to keep them as soon as there is an account.
 */
export class DeviceMarker {
  #kept: Kept;
  #storage: Pick<StorageManager, 'persist'> | undefined;
  #before: Status['state'] | undefined;

  constructor(kept: Kept, storage: Pick<StorageManager, 'persist'> | undefined) {
    this.#kept = kept;
    this.#storage = storage;
  }

  /** Takes note of a status of the core. */
  follow({ state, storage }: Pick<Status, 'state' | 'storage'>): void {
    // Under the eyes of a page only a person takes a device away; a browser does it between two visits.
    if (state === 'loggedOut' || (state === 'new' && this.#before && this.#before !== 'new')) this.clear();
    if (state === 'ready' && storage === 'opfs') {
      this.#kept.setItem(storageKey, '1');
      // Registered or linked just now: the person is here, should the browser ask.
      if (this.#before && this.#before !== 'ready') void this.#storage?.persist().catch(() => false);
    }
    this.#before = state;
  }

  /** There is a device under the app lock. */
  locked(): void {
    this.#before = 'ready';
  }

  /** There was a device, and nothing is left of it. */
  evicted({ state, storage }: Pick<Status, 'state' | 'storage'>): boolean {
    if (this.#before && this.#before !== 'new') return false;
    return state === 'new' && storage === 'opfs' && this.#kept.getItem(storageKey) !== null;
  }

  /** The data were removed because the person wanted it. */
  clear(): void {
    this.#kept.removeItem(storageKey);
  }
}

/** That of this browser. */
export const deviceMarker = new DeviceMarker(globalThis.localStorage ?? { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }, globalThis.navigator?.storage);
