import { describe, expect, it } from 'vitest';
import { hrefOf, parentOf, parseRoute, Router, type Route } from './router.svelte';

/** A window with a history that behaves. */
function fakeWindow(hash: string) {
  const entries: { hash: string; state: unknown }[] = [{ hash, state: null }];
  let at = 0;
  let popped: () => void = () => undefined;
  return {
    entries,
    location: {
      get hash() {
        return entries[at]?.hash ?? '';
      },
    },
    history: {
      get state() {
        return entries[at]?.state ?? null;
      },
      pushState(state: unknown, _: string, url: string) {
        entries.splice(++at, Infinity, { hash: url, state });
      },
      replaceState(state: unknown, _: string, url: string) {
        entries[at] = { hash: url, state };
      },
      go(by: number) {
        at += by;
        popped();
      },
    },
    addEventListener: (_: string, run: () => void) => (popped = run),
    removeEventListener: () => undefined,
  };
}

const open = (hash: string) => {
  const window = fakeWindow(hash);
  return { window, router: new Router(window as unknown as Window) };
};

describe('routes', () => {
  const routes: Route[] = [
    { view: 'home' }, { view: 'register' }, { view: 'link' }, { view: 'settings' }, { view: 'devices' },
    { view: 'linkDevice' }, { view: 'notMe', noticeId: 'deviceAdded:a/b' }, { view: 'chat', chatId: 'a/b c%' },
  ];
  it.each(routes)('$view survives its address', (route) => expect(parseRoute(hrefOf(route))).toEqual(route));
  it('takes anything else for home', () => {
    expect(parseRoute('#/nonsense/x')).toEqual({ view: 'home' });
    expect(parseRoute('#/chat/%E0%A4%A')).toEqual({ view: 'chat', chatId: '%E0%A4%A' });
  });
});

describe('Router', () => {
  it('leaves no entry of a dialog behind, whether it goes on or back from it', () => {
    const { window, router } = open('');
    router.go({ view: 'settings' });
    window.history.pushState({ depth: 1, layer: 1 }, '', '#/settings');
    router.go({ view: 'devices' });
    expect(window.entries.map(({ hash }) => hash)).toEqual(['', '#/settings', '#/settings/devices']);
    window.history.pushState({ depth: 2, layer: 1 }, '', '#/settings/devices');
    router.back();
    expect(router.route.view).toBe('settings');
  });

  it('goes back through our own places', () => {
    const { router } = open('');
    router.go({ view: 'settings' });
    router.go({ view: 'devices' });
    router.back();
    expect(router.route.view).toBe('settings');
    router.back();
    expect(router.route.view).toBe('home');
  });

  it('goes to the parent when the app was opened deep inside', () => {
    const { router, window } = open('#/settings/devices/link');
    router.back();
    expect(router.route).toEqual(parentOf({ view: 'linkDevice' }));
    expect(window.entries).toHaveLength(1);
  });

  it('adds no entry for the place where it is', () => {
    const { router, window } = open('#/settings');
    router.go({ view: 'settings' });
    expect(window.entries).toHaveLength(1);
  });
});
