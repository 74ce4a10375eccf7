import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SystemNotifications, type NotificationParts } from './systemNotifications.svelte';

let permission: NotificationPermission;
let answer: NotificationPermission;
let posted: unknown[];
let parts: NotificationParts;

beforeEach(() => {
  vi.stubGlobal('document', { documentElement: { lang: 'nl' } });
  permission = 'default';
  answer = 'granted';
  posted = [];
  parts = {
    notification: {
      get permission() {
        return permission;
      },
      requestPermission: () => Promise.resolve((permission = answer)),
    },
    permissions: undefined,
    serviceWorker: {
      getRegistration: () => Promise.resolve({ active: { postMessage: (message: unknown) => posted.push(message) } } as unknown as ServiceWorkerRegistration),
    },
  };
});

describe('the notifications of the system', () => {
  it('are asked for, and shown by the service worker once they are allowed', async () => {
    const notifications = new SystemNotifications(parts);
    expect(notifications.state).toBe('notAsked');
    expect(await notifications.show({ tag: 'a', title: 'T', body: 'B' })).toBe(false);
    await notifications.allow();
    expect(notifications.state).toBe('allowed');
    expect(await notifications.show({ tag: 'a', title: 'T', body: 'B' })).toBe(true);
    expect(posted).toEqual([{ kind: 'notify', lang: 'nl', always: false, tag: 'a', title: 'T', body: 'B' }]);
  });

  it('are blocked when the person says no', async () => {
    answer = 'denied';
    const notifications = new SystemNotifications(parts);
    await notifications.allow();
    expect(notifications.state).toBe('blocked');
  });

  it.each(['notification', 'serviceWorker'] as const)('are not to be had without %s', async (part) => {
    const notifications = new SystemNotifications({ ...parts, [part]: undefined });
    expect(notifications.state).toBe('unsupported');
    await notifications.allow();
    expect(await notifications.show({ tag: 'a', title: 'T', body: 'B' })).toBe(false);
  });

  it('follow what the person changes in the browser', async () => {
    const status = new EventTarget();
    parts.permissions = { query: () => Promise.resolve(status as PermissionStatus) };
    const notifications = new SystemNotifications(parts);
    const stop = notifications.watch();
    await Promise.resolve();
    await Promise.resolve();
    permission = 'denied';
    status.dispatchEvent(new Event('change'));
    expect(notifications.state).toBe('blocked');
    stop();
    permission = 'granted';
    status.dispatchEvent(new Event('change'));
    expect(notifications.state).toBe('blocked');
  });
});
