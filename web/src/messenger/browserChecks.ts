/** What only the page can find out: whether the server answers by HTTP, and what the browser allows. */
import type { Check, Status } from '../core/api.gen';
import { deviceMarker } from './deviceMarker';
import { systemNotifications, type SystemNotifications } from './systemNotifications.svelte';

/** A check of the core, or one of the page. */
export type Finding = Omit<Check, 'id'> & { id: Check['id'] | 'lasting' | 'worker' | 'camera' | 'notifications' | 'push' | 'app' };

/** What the checks need of a browser; what it does not have is undefined. */
export interface BrowserParts {
  origin: string;
  fetch: typeof fetch;
  permissions: Pick<Permissions, 'query'> | undefined;
  mediaDevices: Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices'> | undefined;
  storage: Pick<StorageManager, 'persisted' | 'persist' | 'estimate'> | undefined;
  serviceWorker: Pick<ServiceWorkerContainer, 'getRegistration'> | undefined;
  evicted: (status: Status) => boolean;
  notifications: Pick<SystemNotifications, 'read' | 'allow'>;
  now: () => number;
}

/** Milliseconds. */
const patience = 8000;
/** How much room there should be, bytes; as in the core. */
const roomWanted = 200 * 2 ** 20;

export class BrowserChecks {
  #parts: BrowserParts;

  constructor(parts: BrowserParts) {
    this.#parts = parts;
  }

  /** The address this page came from: the server of a device that has no account yet. */
  get origin(): string {
    return this.#parts.origin;
  }

  /** Whether the browser has deleted the data of a device that was here. */
  evicted(status: Status): boolean {
    return this.#parts.evicted(status);
  }

  async all(): Promise<Finding[]> {
    const found = await Promise.all([this.room(), this.lasting(), this.worker(), this.camera(), this.notifications(), this.push()]);
    return found.filter((finding) => finding !== undefined);
  }

  /** Asks the relay itself. One on another origin cannot be asked: the browser does not show the answer. */
  async http(relay: string): Promise<Finding | undefined> {
    const { origin, now } = this.#parts;
    if (!URL.canParse(relay) || new URL(relay).origin !== origin) return undefined;
    const began = now();
    try {
      const response = await this.#parts.fetch(`${relay.replace(/\/+$/, '')}/healthz`, {
        cache: 'no-store', redirect: 'manual', signal: AbortSignal.timeout(patience),
      });
      const body = await response.text();
      if (!response.ok) return { id: 'http', state: 'failed', code: 'http_status', httpStatus: response.status };
      if (body.trim() !== 'ok') return { id: 'http', state: 'failed', code: 'http_not_relay' };
      return { id: 'http', state: 'ok', code: 'http_ok', tookMs: Math.max(1, Math.round(now() - began)) };
    } catch (thrown) {
      const late = (thrown as { name?: unknown }).name === 'TimeoutError';
      return { id: 'http', state: 'failed', code: late ? 'http_timeout' : 'http_failed' };
    }
  }

  async room(): Promise<Finding | undefined> {
    const estimate = await this.#parts.storage?.estimate().catch(() => undefined);
    if (estimate?.quota === undefined) return undefined;
    const freeBytes = Math.max(0, estimate.quota - (estimate.usage ?? 0));
    return freeBytes < roomWanted ? { id: 'room', state: 'warning', code: 'room_low', freeBytes } : { id: 'room', state: 'ok', code: 'room_enough', freeBytes };
  }

  /** Whether the browser promises not to remove what the app keeps. */
  async lasting(): Promise<Finding | undefined> {
    const kept = await this.#parts.storage?.persisted().catch(() => undefined);
    if (kept === undefined) return undefined;
    return kept ? { id: 'lasting', state: 'ok', code: 'lasting' } : { id: 'lasting', state: 'warning', code: 'not_lasting' };
  }

  /** Asks the browser for that promise. */
  async keep(): Promise<void> {
    await this.#parts.storage?.persist();
  }

  async worker(): Promise<Finding> {
    const registration = await this.#parts.serviceWorker?.getRegistration().catch(() => undefined);
    return registration?.active ? { id: 'worker', state: 'ok', code: 'worker_ready' } : { id: 'worker', state: 'warning', code: 'worker_missing' };
  }

  /** Without asking the person: only what was decided before is told (M24, M192). */
  async camera(): Promise<Finding> {
    const { mediaDevices, permissions } = this.#parts;
    const devices = await mediaDevices?.enumerateDevices().catch(() => undefined);
    // Chromium hides what kinds there are only when there are none.
    if (!mediaDevices || (devices && !devices.some(({ kind }) => kind === 'videoinput'))) {
      return { id: 'camera', state: 'ok', code: 'camera_none' };
    }
    const permission = await permissions?.query({ name: 'camera' as PermissionName }).catch(() => undefined);
    if (permission?.state === 'denied') return { id: 'camera', state: 'warning', code: 'camera_blocked' };
    return { id: 'camera', state: 'ok', code: permission?.state === 'granted' ? 'camera_allowed' : 'camera_not_asked' };
  }

  notifications(): Finding {
    const found = {
      allowed: { state: 'ok', code: 'notifications_allowed' },
      notAsked: { state: 'ok', code: 'notifications_not_asked' },
      blocked: { state: 'warning', code: 'notifications_blocked' },
      unsupported: { state: 'unknown', code: 'notifications_unsupported' },
    } as const;
    return { id: 'notifications', ...found[this.#parts.notifications.read()] };
  }

  /** Whether a push service can wake the app; nothing where there are no notifications (M92). */
  async push(): Promise<Finding | undefined> {
    if (this.#parts.notifications.read() !== 'allowed') return undefined;
    const registration = await this.#parts.serviceWorker?.getRegistration().catch(() => undefined);
    if (!registration?.pushManager) return { id: 'push', state: 'unknown', code: 'push_unsupported' };
    const subscription = await registration.pushManager.getSubscription().catch(() => null);
    return subscription ? { id: 'push', state: 'ok', code: 'push_on' } : { id: 'push', state: 'unknown', code: 'push_off' };
  }

  /** Asks the person for notifications. */
  async allowNotifications(): Promise<void> {
    await this.#parts.notifications.allow();
  }

  /** Asks for the camera, and gives it back at once. */
  async tryCamera(): Promise<void> {
    const stream = await this.#parts.mediaDevices?.getUserMedia({ video: true }).catch(() => undefined);
    for (const track of stream?.getTracks() ?? []) track.stop();
  }
}

/** The checks of the browser that runs this page. */
export const browserChecks = (): BrowserChecks =>
  new BrowserChecks({
    origin: location.origin,
    fetch: (...request) => fetch(...request),
    permissions: navigator.permissions,
    mediaDevices: navigator.mediaDevices,
    storage: navigator.storage,
    serviceWorker: navigator.serviceWorker,
    evicted: (status) => deviceMarker.evicted(status),
    notifications: systemNotifications(),
    now: () => performance.now(),
  });
