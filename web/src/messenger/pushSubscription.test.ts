import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Core } from './core';
import { PushSubscriber } from './pushSubscription';

/** A browser's push service: a subscription belongs to a key. */
class Service {
  now: (Pick<PushSubscription, 'endpoint' | 'unsubscribe'> & { options: { applicationServerKey: ArrayBuffer | null } }) | null = null;
  made = 0;

  getSubscription = async () => this.now as PushSubscription | null;
  subscribe = async (options?: PushSubscriptionOptionsInit) => {
    const key = options?.applicationServerKey as Uint8Array<ArrayBuffer>;
    const unsubscribe = async () => ((this.now = null), true);
    this.now = { endpoint: `https://push.example/${++this.made}`, unsubscribe, options: { applicationServerKey: key.slice().buffer } };
    return this.now as PushSubscription;
  };
}

describe('PushSubscriber (M92)', () => {
  let service: Service;
  let relay: { publicKey: string; endpoint: string };
  let core: Core;
  const subscriber = () => new PushSubscriber(core, async () => service);

  beforeEach(() => {
    service = new Service();
    relay = { publicKey: 'AQID-_8', endpoint: '' };
    const call = async (method: string, params: { endpoint?: string }) => {
      if (method === 'push') return relay;
      relay.endpoint = params.endpoint ?? '';
      return {};
    };
    core = { call, on: () => () => undefined } as unknown as Core;
  });

  it('subscribes once, and ends it', async () => {
    expect(await subscriber().follow(true)).toBe('on');
    expect(await subscriber().follow(true)).toBe('on');
    expect([relay.endpoint, service.made]).toEqual(['https://push.example/1', 1]);
    expect(await subscriber().follow(false)).toBe('off');
    expect([relay.endpoint, service.now]).toEqual(['', null]);
  });

  it('tells the relay again what it has lost', async () => {
    await subscriber().follow(true);
    relay.endpoint = '';
    await subscriber().follow(true);
    expect([relay.endpoint, service.made]).toEqual(['https://push.example/1', 1]);
  });

  it('subscribes anew when the relay has another key', async () => {
    await subscriber().follow(true);
    relay.publicKey = 'AQIE-_8';
    await subscriber().follow(true);
    expect([relay.endpoint, service.made]).toEqual(['https://push.example/2', 2]);
  });

  it('says what is missing', async () => {
    expect(await new PushSubscriber(core, async () => undefined).follow(true)).toBe('unsupported');
    relay.publicKey = '';
    expect(await subscriber().follow(true)).toBe('noRelay');
    relay.publicKey = 'AQID-_8';
    service.subscribe = () => Promise.reject(new Error('push service not available'));
    expect(await subscriber().follow(true)).toBe('failed');
    vi.useFakeTimers();
    service.subscribe = () => new Promise(() => undefined);
    const waiting = subscriber().follow(true);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await waiting).toBe('failed');
    vi.useRealTimers();
  });
});
