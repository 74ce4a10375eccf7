import type { Chat } from '../core/api.gen';
import { t } from '../i18n';
import { alertsOf, isMuted } from './chatList.svelte';
import { chatTitle } from './chatTitle';
import { isQuiet, showsText, type NotificationChoice } from './notificationRules';
import { previewText } from './rows';
import type { SystemNotifications } from './systemNotifications.svelte';

const prefix = 'chat-';

/** What tells of messages while nobody looks. */
interface Parts {
  notifications: Pick<SystemNotifications, 'show' | 'keep'>;
  choice: () => NotificationChoice;
  /** The address in the app of a chat. */
  placeOf: (chatId: string) => string;
  /** Whether the person looks at the app. */
  looking: () => boolean;
  now: () => Date;
}

/** Tells by the system of messages that come while the person does not look, one notification a chat (M104). */
export class MessageAlerts {
  #parts: Parts;
  /** Unread messages that call for attention, by chat. */
  #unread = new Map<string, number>();
  #told = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What is there already is no news. */
  start(chats: readonly Chat[]): void {
    this.#unread = new Map(chats.map((chat) => [chat.id, alertsOf(chat)]));
  }

  /** A chat is new or changed. */
  async changed(chat: Chat): Promise<void> {
    const before = this.#unread.get(chat.id) ?? 0;
    const now = alertsOf(chat);
    this.#unread.set(chat.id, now);
    if (now === 0) return this.#takeAway(chat.id);
    if (now > before && this.#mayTell(chat)) await this.#tell(chat);
  }

  #mayTell(chat: Chat): boolean {
    const { choice, looking, now } = this.#parts;
    const at = now();
    const { on, quiet } = choice();
    return on && !looking() && !isQuiet(quiet, at) && !isMuted(chat, at.getTime()) && !chat.archived && chat.last !== undefined;
  }

  async #tell(chat: Chat): Promise<void> {
    const choice = this.#parts.choice();
    this.#told.add(chat.id);
    const title = chatTitle(chat);
    const fits = !chat.mentionsOnly || chat.last?.addressed;
    const text = chat.last && fits && showsText(choice, chat) ? previewText(chat.last, title) : t('notifications.newMessages', { count: alertsOf(chat) });
    const more = { silent: !choice.sounds, open: this.#parts.placeOf(chat.id) };
    await this.#parts.notifications.show({ tag: prefix + chat.id, title, body: text, ...more });
  }

  async #takeAway(chatId: string): Promise<void> {
    if (!this.#told.delete(chatId)) return;
    await this.#parts.notifications.keep(prefix, [...this.#told].map((id) => prefix + id));
  }
}
