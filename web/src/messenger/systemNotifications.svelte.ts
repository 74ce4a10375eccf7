import type { ShowNotification } from '../serviceWorker/notifications';

/** Whether the system shows notifications of this app. */
export type NotificationState = 'unsupported' | 'notAsked' | 'blocked' | 'allowed';

/** What notifications need of a browser; what it does not have is undefined. */
export interface NotificationParts {
  notification: Pick<typeof Notification, 'permission' | 'requestPermission'> | undefined;
  permissions: Pick<Permissions, 'query'> | undefined;
  serviceWorker: Pick<ServiceWorkerContainer, 'getRegistration'> | undefined;
}

/**
 * The notifications of the system. The service worker shows them for a page that is open, maybe in the background; what
 * comes through a push service has no content.
 */
export class SystemNotifications {
  #parts: NotificationParts;
  #state = $state<NotificationState>('unsupported');

  constructor(parts: NotificationParts) {
    this.#parts = parts;
    this.read();
  }

  /** As it was read last. */
  get state(): NotificationState {
    return this.#state;
  }

  /** Asks the browser, not the person. */
  read(): NotificationState {
    const { notification, serviceWorker } = this.#parts;
    if (!notification || !serviceWorker) this.#state = 'unsupported';
    else if (notification.permission === 'default') this.#state = 'notAsked';
    else this.#state = notification.permission === 'granted' ? 'allowed' : 'blocked';
    return this.#state;
  }

  /** Follows what the person changes in the browser's own settings; returns the end. */
  watch(): () => void {
    let status: PermissionStatus | undefined;
    let over = false;
    const read = (): void => void this.read();
    const follow = async (): Promise<void> => {
      status = await this.#parts.permissions?.query({ name: 'notifications' }).catch(() => undefined);
      if (!over) status?.addEventListener('change', read);
    };
    void follow();
    return () => {
      over = true;
      status?.removeEventListener('change', read);
    };
  }

  /** Asks the person; only from a click. */
  async allow(): Promise<void> {
    await this.#parts.notification?.requestPermission();
    this.read();
  }

  /** Has one shown; false where that cannot be. */
  async show(shown: Omit<ShowNotification, 'kind' | 'lang' | 'always'>, { always = false } = {}): Promise<boolean> {
    const worker = this.read() === 'allowed' ? (await this.#registration())?.active : undefined;
    worker?.postMessage({ kind: 'notify', lang: document.documentElement.lang, always, ...shown } satisfies ShowNotification);
    return worker !== undefined && worker !== null;
  }

  /** Takes away those whose tag begins with prefix and is not among the ones to keep. */
  async keep(prefix: string, tags: readonly string[]): Promise<void> {
    if (this.read() !== 'allowed') return;
    const shown = (await (await this.#registration())?.getNotifications()) ?? [];
    for (const one of shown) if (one.tag.startsWith(prefix) && !tags.includes(one.tag)) one.close();
  }

  #registration(): Promise<ServiceWorkerRegistration | undefined> {
    return this.#parts.serviceWorker?.getRegistration().catch(() => undefined) ?? Promise.resolve(undefined);
  }
}

/** Those of the browser that runs this page. */
export const systemNotifications = (): SystemNotifications =>
  new SystemNotifications({ notification: globalThis.Notification, permissions: navigator.permissions, serviceWorker: navigator.serviceWorker });
