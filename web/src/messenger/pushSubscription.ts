import type { Core } from './core';

/** How this browser is woken while the app is closed. */
export type PushState = 'on' | 'off' | 'unsupported' | 'noRelay' | 'failed';

type Manager = Pick<PushManager, 'getSubscription' | 'subscribe'>;

/** What the subscription needs of a browser: the push manager of its service worker, undefined where there is none. */
export type FindManager = () => Promise<Manager | undefined>;

/** Browsers without a push service do not always say so, milliseconds. */
const patience = 10_000;

/** The subscription of this browser at its push service, kept the same here and at the relay (M92). */
export class PushSubscriber {
  #core: Core;
  #find: FindManager;

  constructor(core: Core, find: FindManager) {
    this.#core = core;
    this.#find = find;
  }

  /** Subscribes, or ends it. Needs a connection; what does not work now is tried at the next. */
  async follow(wanted: boolean): Promise<PushState> {
    const manager = await this.#find();
    if (!manager) return 'unsupported';
    try {
      const { publicKey, endpoint } = await this.#core.call('push', {});
      if (!publicKey) return 'noRelay';
      return wanted ? await this.#subscribe(manager, publicKey, endpoint) : await this.#end(manager, endpoint);
    } catch (cause) {
      console.warn('No wake-ups through a push service:', cause);
      return 'failed';
    }
  }

  async #subscribe(manager: Manager, publicKey: string, endpoint: string): Promise<PushState> {
    const key = bytesOf(publicKey);
    let subscription = await manager.getSubscription();
    if (subscription && !isSame(subscription.options.applicationServerKey, key)) {
      await subscription.unsubscribe(); // of another relay, or of its former database
      subscription = null;
    }
    subscription ??= await inTime(manager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
    if (subscription.endpoint !== endpoint) await this.#core.call('setPush', { endpoint: subscription.endpoint });
    return 'on';
  }

  async #end(manager: Manager, endpoint: string): Promise<PushState> {
    if (endpoint) await this.#core.call('setPush', { endpoint: '' });
    await (await manager.getSubscription())?.unsubscribe();
    return 'off';
  }
}

function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the push service does not answer')), patience);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The bytes of base64url. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
}

function isSame(has: ArrayBuffer | null, wanted: Uint8Array): boolean {
  const bytes = new Uint8Array(has ?? []);
  return bytes.length === wanted.length && bytes.every((byte, i) => byte === wanted[i]);
}

/** That of the browser that runs this page. */
export const pushManager: FindManager = async () => (await navigator.serviceWorker?.getRegistration().catch(() => undefined))?.pushManager;
