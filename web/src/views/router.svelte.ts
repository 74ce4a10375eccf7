import { whenLeft } from '../ui/layers';

/** Where the person is in the app. It lives in the address (#/chat/…), so that Back and links work. */
export type Route =
  | { view: 'home' }
  | { view: 'register' }
  | { view: 'link' }
  | { view: 'move' }
  | { view: 'chat'; chatId: string }
  | { view: 'notMe'; noticeId: string }
  | { view: 'archived' }
  | { view: 'starred' }
  | { view: 'settings' }
  | { view: 'devices' }
  | { view: 'twoStep' }
  | { view: 'lock' }
  | { view: 'privacy' }
  | { view: 'storage' }
  | { view: 'contacts' }
  | { view: 'check' }
  | { view: 'linkDevice' };

const fixed = {
  '': 'home',
  register: 'register',
  link: 'link',
  move: 'move',
  archived: 'archived',
  starred: 'starred',
  settings: 'settings',
  'settings/devices': 'devices',
  'settings/two-step': 'twoStep',
  'settings/lock': 'lock',
  'settings/privacy': 'privacy',
  'settings/storage': 'storage',
  'settings/contacts': 'contacts',
  'settings/check': 'check',
  'settings/devices/link': 'linkDevice',
} as const;

export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#?\/?/, '');
  const chat = /^chat\/([^/]+)$/.exec(path);
  if (chat?.[1]) return { view: 'chat', chatId: decodeText(chat[1]) };
  const notMe = /^not-me\/([^/]+)$/.exec(path);
  if (notMe?.[1]) return { view: 'notMe', noticeId: decodeText(notMe[1]) };
  return { view: fixed[path as keyof typeof fixed] ?? 'home' };
}

export function hrefOf(route: Route): string {
  if (route.view === 'chat') return `#/chat/${encodeURIComponent(route.chatId)}`;
  if (route.view === 'notMe') return `#/not-me/${encodeURIComponent(route.noticeId)}`;
  const path = Object.entries(fixed).find(([, view]) => view === route.view)?.[0] ?? '';
  return `#/${path}`;
}

/** Where Back leads when there is nothing to go back to. */
export function parentOf(route: Route): Route {
  switch (route.view) {
    case 'linkDevice':
      return { view: 'devices' };
    case 'devices':
    case 'twoStep':
    case 'lock':
    case 'privacy':
    case 'storage':
    case 'contacts':
    case 'check':
      return { view: 'settings' };
    default:
      return { view: 'home' };
  }
}

export class Router {
  #window: Window;
  #route = $state.raw<Route>({ view: 'home' });

  constructor(window: Window) {
    this.#window = window;
    this.#route = parseRoute(window.location.hash);
    window.addEventListener('popstate', this.#read);
  }

  get route(): Route {
    return this.#route;
  }

  go(route: Route): void {
    whenLeft(() => this.#go(route));
  }

  #go(route: Route): void {
    if (hrefOf(route) === hrefOf(this.#route)) return;
    // From a dialog or menu (ui/layers.ts) the new place takes the place of its entry.
    const state = { depth: this.#depth() + 1 };
    if (this.#layers() > 0) this.#window.history.replaceState(state, '', hrefOf(route));
    else this.#window.history.pushState(state, '', hrefOf(route));
    this.#read();
  }

  replace(route: Route): void {
    whenLeft(() => {
      this.#window.history.replaceState({ depth: this.#depth() }, '', hrefOf(route));
      this.#read();
    });
  }

  /** To the place before, or to the parent when the app was opened here. */
  back(): void {
    whenLeft(() => {
      if (this.#depth() > 0) this.#window.history.go(-1 - this.#layers());
      else this.replace(parentOf(this.#route));
    });
  }

  stop(): void {
    this.#window.removeEventListener('popstate', this.#read);
  }

  #read = (): void => {
    const route = parseRoute(this.#window.location.hash);
    if (hrefOf(route) !== hrefOf(this.#route)) this.#route = route;
  };

  /** How many of our own places lie before this one. */
  #depth(): number {
    return this.#inState('depth');
  }

  /** How many entries after the one of this place are of what lies over it. */
  #layers(): number {
    return this.#inState('layer');
  }

  #inState(name: 'depth' | 'layer'): number {
    const value = (this.#window.history.state as Record<string, unknown> | null)?.[name];
    return typeof value === 'number' ? value : 0;
  }
}

function decodeText(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
