import { SvelteMap } from 'svelte/reactivity';
import type { Chat } from '../core/api.gen';
import { problemOf, type Core, type Problem } from './core';

/** All chats, the latest first, kept up to date with the core. */
export class ChatList {
  #core: Core;
  #chats = new SvelteMap<string, Chat>();
  #loaded = $state(false);
  #problem = $state<Problem>();
  #stop: (() => void)[] = [];
  #sorted = $derived([...this.#chats.values()].sort((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? -1 : 1)));
  #unread = $derived(this.#sorted.reduce((sum, chat) => sum + chat.unread, 0));

  constructor(core: Core) {
    this.#core = core;
  }

  get all(): Chat[] {
    return this.#sorted;
  }

  get unread(): number {
    return this.#unread;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  get problem(): Problem | undefined {
    return this.#problem;
  }

  get(id: string): Chat | undefined {
    return this.#chats.get(id);
  }

  async start(): Promise<void> {
    this.#stop = [
      this.#core.on('chat', (chat) => this.#chats.set(chat.id, chat)),
      this.#core.on('reset', () => void this.load()),
    ];
    await this.load();
  }

  /** Forgets everything: after a logout nothing stays readable (M16). */
  stop(): void {
    for (const stop of this.#stop) stop();
    this.#chats.clear();
    this.#loaded = false;
  }

  async load(): Promise<void> {
    try {
      const { chats } = await this.#core.call('chats', {});
      const known = new Set(chats.map((chat) => chat.id));
      for (const id of [...this.#chats.keys()]) if (!known.has(id)) this.#chats.delete(id);
      for (const chat of chats) this.#chats.set(chat.id, chat);
      this.#problem = undefined;
      this.#loaded = true;
    } catch (thrown) {
      this.#problem = problemOf(thrown);
    }
  }

  /** Finds or makes the chat with a number; rejects with a problem. */
  async open(phone: string): Promise<Chat> {
    const chat = await this.#core.call('openChat', { phone });
    this.#chats.set(chat.id, chat);
    return chat;
  }

  /** Chats whose title or number has the words. */
  find(query: string): Chat[] {
    const wanted = query.trim().toLocaleLowerCase();
    const digits = wanted.replace(/[\s().-]/g, '');
    if (!wanted) return [];
    return this.#sorted.filter(
      (chat) =>
        chat.title.toLocaleLowerCase().includes(wanted) ||
        (/^\+?\d{2,}$/.test(digits) && (chat.phone ?? '').includes(digits)),
    );
  }
}
