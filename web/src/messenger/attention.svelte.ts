import type { Core } from './core';

/** What Attention needs of a page; a Document and its Window in the app. */
export interface Page {
  visibilityState: string;
  hasFocus(): boolean;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

/** Where focus and blur are heard. */
export interface FocusSource {
  addEventListener(type: 'focus' | 'blur', listener: () => void): void;
  removeEventListener(type: 'focus' | 'blur', listener: () => void): void;
}

/** Whether the person is looking: the page is visible and its window has the focus. Others see it as presence. */
export class Attention {
  #core: Core;
  #page: Page;
  #window: FocusSource;
  #active = $state(false);

  constructor(core: Core, page: Page, window: FocusSource) {
    this.#core = core;
    this.#page = page;
    this.#window = window;
  }

  get active(): boolean {
    return this.#active;
  }

  start(): void {
    this.#active = this.#looking();
    this.#tell();
    this.#page.addEventListener('visibilitychange', this.#check);
    this.#window.addEventListener('focus', this.#check);
    this.#window.addEventListener('blur', this.#check);
  }

  stop(): void {
    this.#page.removeEventListener('visibilitychange', this.#check);
    this.#window.removeEventListener('focus', this.#check);
    this.#window.removeEventListener('blur', this.#check);
  }

  #check = (): void => {
    const active = this.#looking();
    if (active === this.#active) return;
    this.#active = active;
    this.#tell();
  };

  #looking(): boolean {
    return this.#page.visibilityState === 'visible' && this.#page.hasFocus();
  }

  #tell(): void {
    // Presence is a courtesy: when it cannot be told now, the next change tells it.
    this.#core.call('setAvailable', { available: this.#active }).catch(() => undefined);
  }
}
