import { beforeEach, describe, expect, it } from 'vitest';
import { FakeCore } from '../core/testing/fakeCore';
import { diagnosisTexts } from '../i18n/diagnosis';
import { BrowserChecks, type BrowserParts, type Finding } from './browserChecks';
import { Diagnosis, reportOf } from './diagnosis.svelte';
import type { NotificationState } from './systemNotifications.svelte';

const origin = 'https://chat.example.org';
let core: FakeCore;
let parts: BrowserParts;
let permission: PermissionState;
let kept: boolean;
let told: NotificationState;

beforeEach(() => {
  core = new FakeCore({ phone: '+32470112233' });
  permission = 'prompt';
  kept = false;
  told = 'notAsked';
  parts = {
    origin,
    fetch: () => Promise.resolve(new Response('ok\n')),
    permissions: { query: () => Promise.resolve({ state: permission } as PermissionStatus) },
    mediaDevices: {
      enumerateDevices: () => Promise.resolve([{ kind: 'videoinput' } as MediaDeviceInfo]),
      getUserMedia: () => {
        permission = 'granted';
        return Promise.resolve({ getTracks: () => [] } as unknown as MediaStream);
      },
    },
    storage: {
      persisted: () => Promise.resolve(kept),
      persist: () => Promise.resolve((kept = true)),
      estimate: () => Promise.resolve({ quota: 10 * 2 ** 30, usage: 2 ** 20 }),
    },
    serviceWorker: { getRegistration: () => Promise.resolve({ active: {} } as ServiceWorkerRegistration) },
    evicted: () => false,
    notifications: {
      read: () => told,
      allow: () => {
        told = 'allowed';
        return Promise.resolve();
      },
    },
    now: () => 0,
  };
});

async function diagnosed(): Promise<Diagnosis> {
  const diagnosis = new Diagnosis(core, new BrowserChecks(parts));
  await diagnosis.run();
  return diagnosis;
}
const find = ({ findings }: Diagnosis, id: Finding['id']) => findings.find((finding) => finding.id === id);

describe('Check my connection', () => {
  it('puts the checks of the page beside those of the core, what needs attention first', async () => {
    core.checks = [
      { id: 'websocket', state: 'ok', code: 'websocket_ok' },
      { id: 'clock', state: 'warning', code: 'clock_ahead', offsetMs: 3_600_000 },
      { id: 'storage', state: 'failed', code: 'storage_full' },
    ];
    const diagnosis = await diagnosed();
    expect(diagnosis.findings.map(({ id }) => id)).toEqual(['storage', 'clock', 'lasting', 'http', 'websocket', 'room', 'worker', 'camera', 'notifications']);
    expect(diagnosis.count).toBe(3);
  });

  it('tries the server that the app came from while there is no account', async () => {
    core = new FakeCore();
    await diagnosed();
    expect(core.calls.at(-1)).toEqual({ method: 'diagnose', params: { relay: origin } });
  });

  it.each([
    [() => Promise.resolve(new Response('<html>', { status: 200 })), 'http_not_relay'],
    [() => Promise.resolve(new Response('bad gateway', { status: 502 })), 'http_status'],
    [() => Promise.reject(new TypeError('Failed to fetch')), 'http_failed'],
    [() => Promise.reject(new DOMException('late', 'TimeoutError')), 'http_timeout'],
  ])('tells how HTTP fails (M198) %#', async (fetch, code) => {
    parts.fetch = fetch;
    expect(find(await diagnosed(), 'http')).toMatchObject({ state: 'failed', code });
  });

  it('tells that WebSockets are blocked where HTTP works, and only there (M198)', async () => {
    core.checks = [{ id: 'websocket', state: 'failed', code: 'websocket_failed' }];
    expect(find(await diagnosed(), 'websocket')?.code).toBe('websocket_blocked');
    parts.fetch = () => Promise.reject(new TypeError('Failed to fetch'));
    expect(find(await diagnosed(), 'websocket')?.code).toBe('websocket_failed');
  });

  it('does not ask a server on another origin by HTTP', async () => {
    parts.origin = 'https://elsewhere.example.org';
    expect(find(await diagnosed(), 'http')).toBeUndefined();
  });

  it('knows that the page is older than its server (M197)', async () => {
    core.checks = [{ id: 'versions', state: 'ok', code: 'versions_fit', software: 'parley/1', relaySoftware: 'parley/2' }];
    expect(find(await diagnosed(), 'versions')).toMatchObject({ state: 'warning', code: 'app_other_version' });
  });

  it('names a blocked camera, and finds it allowed after another try (M24, M192)', async () => {
    permission = 'denied';
    const diagnosis = await diagnosed();
    expect(find(diagnosis, 'camera')).toMatchObject({ state: 'warning', code: 'camera_blocked' });
    await diagnosis.tryCamera();
    expect(find(diagnosis, 'camera')).toMatchObject({ state: 'ok', code: 'camera_allowed' });
  });

  it('names notifications that are blocked or not to be had, and asks for them by a click (M19)', async () => {
    told = 'blocked';
    expect(find(await diagnosed(), 'notifications')).toMatchObject({ state: 'warning', code: 'notifications_blocked' });
    told = 'unsupported';
    expect(find(await diagnosed(), 'notifications')?.code).toBe('notifications_unsupported');
    told = 'notAsked';
    const diagnosis = await diagnosed();
    expect(find(diagnosis, 'notifications')).toMatchObject({ state: 'ok', code: 'notifications_not_asked' });
    await diagnosis.allowNotifications();
    expect(find(diagnosis, 'notifications')).toMatchObject({ state: 'ok', code: 'notifications_allowed' });
  });

  it('says whether a push service wakes the app, where there are notifications (M92)', async () => {
    expect(find(await diagnosed(), 'push')).toBeUndefined();
    told = 'allowed';
    expect(find(await diagnosed(), 'push')?.code).toBe('push_unsupported');
    let subscription: object | null = {};
    const pushManager = { getSubscription: () => Promise.resolve(subscription) };
    parts = { ...parts, serviceWorker: { getRegistration: () => Promise.resolve({ active: {}, pushManager } as unknown as ServiceWorkerRegistration) } };
    expect(find(await diagnosed(), 'push')).toMatchObject({ state: 'ok', code: 'push_on' });
    subscription = null;
    expect(find(await diagnosed(), 'push')?.code).toBe('push_off');
  });

  it('works in a browser that has nothing of this', async () => {
    parts = { ...parts, permissions: undefined, mediaDevices: undefined, storage: undefined, serviceWorker: undefined };
    const diagnosis = await diagnosed();
    expect(find(diagnosis, 'camera')?.code).toBe('camera_none');
    expect(find(diagnosis, 'worker')?.code).toBe('worker_missing');
    expect(find(diagnosis, 'lasting')).toBeUndefined();
  });

  it('asks the browser to keep the messages, and tells when there is little room', async () => {
    parts.storage = { ...parts.storage!, estimate: () => Promise.resolve({ quota: 100, usage: 60 }) };
    const diagnosis = await diagnosed();
    expect(find(diagnosis, 'room')).toMatchObject({ code: 'room_low', freeBytes: 40 });
    expect(find(diagnosis, 'lasting')?.code).toBe('not_lasting');
    await diagnosis.keep();
    expect(find(diagnosis, 'lasting')?.code).toBe('lasting');
  });

  it('tells that the browser has deleted the data of a device that was here (M197)', async () => {
    core = new FakeCore();
    core.checks = [{ id: 'account', state: 'warning', code: 'no_account' }];
    expect(find(await diagnosed(), 'account')?.code).toBe('no_account');
    parts.evicted = ({ state }) => state === 'new';
    expect(find(await diagnosed(), 'account')).toMatchObject({ state: 'failed', code: 'evicted' });
  });

  it('finds out what the page can when the core does not start (M195)', async () => {
    const diagnosis = new Diagnosis(core, new BrowserChecks(parts), { code: 'local_storage', message: '' });
    await diagnosis.run();
    expect(diagnosis.findings.map(({ id }) => id)).toEqual(['app', 'lasting', 'http', 'room', 'worker', 'camera', 'notifications']);
    expect(find(diagnosis, 'app')).toMatchObject({ state: 'failed', code: 'app_failed', cause: 'local_storage' });
    expect(core.calls).toEqual([]);
  });

  it('repairs (M113)', async () => {
    const diagnosis = await diagnosed();
    expect(await diagnosis.repair()).toBe(true);
    expect(core.calls.at(-1)?.method).toBe('repairDevice');
    core.failNext.set('repairDevice', { code: 'not_registered', message: '' });
    expect(await diagnosis.repair()).toBe(false);
    expect(diagnosis.repairing.problem?.code).toBe('not_registered');
  });
});

describe('the report', () => {
  it('has codes and what was measured, and nothing else whatever a finding holds', async () => {
    const finding = { id: 'account', state: 'ok', code: 'account_linked', count: 2, phone: '+32470112233', name: 'Alice', key: 'c2VjcmV0' } as Finding;
    const report = reportOf([finding, ...(await diagnosed()).findings], 'firefox', 0);
    expect(report).toContain('Parley, 1970-01-01T00:00:00.000Z, firefox\n');
    expect(report).toContain('ok      account       account_linked count=2\n');
    for (const word of ['470112233', 'Alice', 'c2VjcmV0', 'example.org', 'device-1', 'account-me']) expect(report).not.toContain(word);
  });
});

describe('the texts', () => {
  const { en, ...others } = diagnosisTexts;
  const names = (words: readonly (string | undefined)[]) => [...words.join(' ').matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

  it.each(Object.entries(others))('are all there in %s, with the same values, and none is English (X12)', (_, texts) => {
    expect(Object.keys(texts.findings).sort()).toEqual(Object.keys(en.findings).sort());
    for (const [code, words] of Object.entries(en.findings)) {
      const own = texts.findings[code as keyof typeof texts.findings];
      expect({ code, names: names(own), parts: own.length }).toEqual({ code, names: names(words), parts: words.length });
      expect(own[0]).not.toBe(words[0]);
    }
    for (const [key, words] of Object.entries(en.page)) {
      const own = texts.page[key as keyof typeof texts.page];
      expect(names([own])).toEqual(names([words]));
      expect(own).not.toBe(words);
    }
  });
});
