import { SvelteMap } from 'svelte/reactivity';
import type { Core } from './core';

/** What a picture may be; anything else is not given to the browser. */
const types = new Set(['image/jpeg', 'image/png', 'image/webp']);

/** Pictures of people, read from the core when they are first shown. */
export class Pictures {
  #core: Core;
  #urls = new SvelteMap<string, string>();
  #asked = new Map<string, number>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** The address of a picture in this page; undefined while there is none. `at` changes with the picture, 0 is none. */
  url(accountId: string | undefined, at: number | undefined): string | undefined {
    if (!accountId || !at) return undefined;
    const url = this.#urls.get(accountId);
    if (this.#asked.get(accountId) !== at) {
      this.#asked.set(accountId, at);
      void this.#load(accountId, at);
    }
    return url;
  }

  /** Forgets all pictures: after a logout nothing stays. */
  clear(): void {
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
    this.#asked.clear();
  }

  /** A picture that cannot be read now is asked for again when it changes; until then initials stand for it. */
  async #load(accountId: string, at: number): Promise<void> {
    try {
      const { type = '', data } = await this.#core.call('picture', { accountId });
      if (this.#asked.get(accountId) !== at) return;
      const old = this.#urls.get(accountId);
      if (data && types.has(type)) this.#urls.set(accountId, URL.createObjectURL(new Blob([bytesOf(data)], { type })));
      else this.#urls.delete(accountId);
      if (old) URL.revokeObjectURL(old);
    } catch (cause) {
      console.warn('A picture could not be read:', cause);
    }
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
