import { SvelteMap } from 'svelte/reactivity';
import type { Chat, ChatChange } from '../core/api.gen';
import { minutes } from '../ui/ticker.svelte';
import { problemOf, type Core, type Problem } from './core';

/** Whether a chat is muted at that time (M52). */
export function isMuted(chat: Chat, now: number): boolean {
  return (chat.mutedUntil ?? 0) > now;
}

/** How many unread messages of a chat call for attention: all, or those that are for the person (X5). */
export function alertsOf(chat: Chat): number {
  return chat.mentionsOnly ? (chat.mentions ?? 0) : chat.unread;
}

/** Which chats a list shows. */
export const chatFilters = ['all', 'unread', 'groups'] as const;
export type ChatFilter = (typeof chatFilters)[number];

/** Whether a filter shows a chat; one that is open stays where it is, though it is read now. */
export function passes(filter: ChatFilter, chat: Chat, open: string): boolean {
  if (filter === 'all' || chat.id === open) return true;
  return filter === 'groups' ? chat.kind === 'group' : chat.unread > 0 || chat.markedUnread;
}

/** All chats, those that are pinned first and then the latest, kept up to date with the core. */
export class ChatList {
  #core: Core;
  #chats = new SvelteMap<string, Chat>();
  #loaded = $state(false);
  #problem = $state<Problem>();
  #stop: (() => void)[] = [];
  #sorted = $derived([...this.#chats.values()].sort(inOrder));
  #listed = $derived(this.#sorted.filter((chat) => !chat.archived));
  #archived = $derived(this.#sorted.filter((chat) => chat.archived));
  #unread = $derived(
    this.#listed.filter((chat) => !isMuted(chat, minutes.now)).reduce((sum, chat) => sum + (alertsOf(chat) || Number(chat.markedUnread)), 0),
  );

  constructor(core: Core) {
    this.#core = core;
  }

  /** The chats that are not archived. */
  get all(): Chat[] {
    return this.#listed;
  }

  /** A chat stays here, whatever comes, until the person takes it out (M51). */
  get archived(): Chat[] {
    return this.#archived;
  }

  /** What calls for attention: unread messages and chats marked as unread, but not of muted or archived chats. */
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

  /** Has nothing come from the contact of a chat, or lets it come again; the relay holds to it (M55). */
  async setBlocked(chatId: string, blocked: boolean): Promise<void> {
    const chat = await this.#core.call('setBlocked', { chatId, blocked });
    if (this.#chats.has(chat.id)) this.#chats.set(chat.id, chat);
  }

  /** Changes a chat on all own devices; rejects with a problem. */
  async change(change: ChatChange): Promise<void> {
    const chat = await this.#core.call('changeChat', change);
    if (this.#chats.has(chat.id)) this.#chats.set(chat.id, chat);
  }

  /** Counts everything in a chat as read, on all own devices. */
  async markRead(chat: Chat): Promise<void> {
    if (chat.last) await this.#core.call('markRead', { chatId: chat.id, order: chat.last.order });
    else await this.change({ chatId: chat.id, markedUnread: false });
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

function inOrder(a: Chat, b: Chat): number {
  return Number(b.pinned) - Number(a.pinned) || b.updatedAt - a.updatedAt || (a.id < b.id ? -1 : 1);
}
