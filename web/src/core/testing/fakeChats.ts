/** The chats of the fake core: an ordered log for each, and what the other side does. */
import type { Chat, Events, Message, MessageDetails, Params, SearchHit, SnippetPart } from './fakeTypes';

type Emit = <E extends keyof Events>(event: E, data: Events[E]) => void;

export class FakeChats {
  online = true;
  #chats = new Map<string, Chat>();
  #messages: Message[] = [];
  #order = 0;
  #emit: Emit;
  #pace: number;

  constructor(emit: Emit, pace: number) {
    this.#emit = emit;
    this.#pace = pace;
  }

  list(): Chat[] {
    return [...this.#chats.values()];
  }

  get(chatId: string): Chat {
    const chat = this.#chats.get(chatId);
    if (!chat) throw { code: 'chat_unknown', message: 'This chat is not on this device.' };
    return chat;
  }

  add(title: string, phone: string, change: Partial<Chat> = {}): Chat {
    const known = this.list().find((chat) => chat.phone === phone);
    if (known) return known;
    const id = `account-${this.#chats.size + 1}`;
    const chat: Chat = {
      id, kind: 'direct', title, phone, accountId: id, unread: 0, updatedAt: Date.now(), available: false, typing: false, verified: false,
      archived: false, pinned: false, markedUnread: false, preview: false, self: false, mayPin: true, ...change,
    };
    this.#chats.set(id, chat);
    this.#emit('chat', chat);
    return chat;
  }

  clear(): void {
    this.#chats.clear();
    this.#messages = [];
  }

  change(chatId: string, change: Partial<Chat>): void {
    this.replace({ ...this.get(chatId), ...change });
  }

  replace(chat: Chat): void {
    this.#chats.set(chat.id, chat);
    this.#emit('chat', chat);
  }

  /** Puts a message into a chat, as history or as something that just came. */
  put(chatId: string, message: Partial<Message> & { text: string }): Message {
    const made: Message = {
      id: `message-${this.#order + 1}`, chatId, order: ++this.#order, kind: 'text', mine: false,
      sentAt: Date.now(), status: message.mine ? 'sent' : 'received', ...message,
    };
    this.#messages.push(made);
    this.#emit('message', made);
    const unread = made.mine ? 0 : 1;
    this.change(chatId, { last: made, updatedAt: made.sentAt, unread: this.get(chatId).unread + unread });
    return made;
  }

  page({ chatId, before = 0, after = 0, since = 0, limit = 50 }: Params<'messages'>) {
    this.get(chatId);
    const all = this.#messages
      .filter((m) => m.chatId === chatId && (!before || m.order < before) && (!after || m.order > after) && m.sentAt >= since)
      .sort((a, b) => a.order - b.order);
    const messages = after || since ? all.slice(0, limit) : all.slice(-limit);
    return { messages, more: all.length > messages.length };
  }

  send({ chatId, text, id, replyTo = '', mentions = [], preview }: Params<'send'>): Message {
    if (!text.trim()) throw { code: 'message_empty', message: 'There is nothing to send yet.' };
    const known = this.#messages.find((m) => m.id === id);
    if (known) return known;
    const { draftReply: _, ...chat } = this.get(chatId);
    this.#chats.set(chatId, { ...chat, draft: '' });
    const message = this.put(chatId, {
      ...(id ? { id } : {}), text, mine: true, status: 'pending', mentions, editableUntil: Date.now() + 900_000,
      deletableUntil: Date.now() + 172_800_000, ...this.#quoting(replyTo), ...(preview ? { preview } : {}),
    });
    if (this.online) this.#travel(message.id);
    return message;
  }

  /** All messages of all chats. */
  all(): Message[] {
    return [...this.#messages];
  }

  /** The message with an id. */
  message(id: string): Message {
    const found = this.#messages.find((m) => m.id === id);
    if (!found) throw { code: 'message_unknown', message: 'This message is not on this device any more.' };
    return found;
  }

  #quoting(id: string): Partial<Message> {
    const found = this.#messages.find((m) => m.id === id);
    if (!found) return {};
    const { order, mine, kind, text, senderName = '', media } = found;
    return { quote: { id, order, mine, kind, text, senderName, ...(media && { media: media.kind }) } };
  }

  /** Pins a message, or no more. */
  pin({ id, seconds }: Params<'pin'>): Message {
    const { chatId } = this.message(id);
    const quoted = this.#quoting(id);
    const others = (this.get(chatId).pins ?? []).filter(({ message }) => message.id !== id);
    const pins = quoted.quote && seconds ? [{ message: quoted.quote, until: Date.now() + seconds * 1000 }, ...others] : others;
    this.change(chatId, { pins: pins.slice(0, 3) });
    return this.put(chatId, { text: '', kind: 'pin', mine: true, keptFor: seconds, ...quoted });
  }

  /** Puts an emoji of this account under a message, in the place of the former one. */
  react({ id, emoji }: Params<'react'>): Message {
    const others = (this.message(id).reactions ?? [])
      .map((reaction) => (reaction.mine ? { ...reaction, mine: false, count: reaction.count - 1 } : reaction))
      .filter(({ count }) => count > 0);
    const same = others.find((reaction) => reaction.emoji === emoji);
    if (same) Object.assign(same, { mine: true, count: same.count + 1 });
    else if (emoji) others.push({ emoji, count: 1, mine: true });
    return this.setMessage(id, { reactions: others });
  }

  forward({ ids, chatIds }: Params<'forward'>) {
    const messages = chatIds.flatMap((chatId) =>
      ids.map((id) => {
        const { kind, text } = this.message(id);
        return this.put(chatId, { kind, text, mine: true, forwarded: true });
      }),
    );
    return { messages, more: false };
  }

  /** Chooses options of a poll, in which nobody else votes. */
  vote({ id, options }: Params<'vote'>): Message {
    const { poll } = this.message(id);
    if (!poll) throw { code: 'bad_params', message: 'This is no poll.' };
    const chosen = poll.options.map(({ text, votes, mine }, index) => {
      const now = options.includes(index);
      return { text, votes: votes - Number(mine ?? false) + Number(now), mine: now };
    });
    const before = Number(poll.options.some(({ mine }) => mine));
    return this.setMessage(id, { poll: { ...poll, options: chosen, voters: poll.voters - before + Math.min(1, options.length) } });
  }

  deleteMessages({ ids, forEveryone = false }: Params<'delete'>): Record<string, never> {
    for (const id of ids) {
      const { chatId } = this.message(id);
      if (forEveryone) this.setMessage(id, { kind: 'deleted', text: '', reactions: [] });
      else {
        this.#messages = this.#messages.filter((m) => m.id !== id);
        this.#emit('messageRemoved', { id, chatId });
      }
    }
    return {};
  }

  details({ id }: Params<'messageDetails'>): MessageDetails {
    const message = this.message(id);
    const { title } = this.get(message.chatId);
    return {
      message,
      versions: message.edited ? [{ text: 'What it said before', at: message.sentAt }] : [],
      reactions: (message.reactions ?? []).map(({ emoji, mine = false }) => ({ emoji, mine, name: mine ? '' : title, at: message.sentAt })),
      votes: [],
      receipts: message.mine ? [{ name: title, status: message.status, deliveredAt: message.sentAt + 1000, readAt: message.sentAt + 60_000 }] : [],
    };
  }

  retry(id: string): Message {
    const message = this.setMessage(id, { status: 'pending' });
    this.#travel(id);
    return message;
  }

  /** Changes a message and tells it; `without` is a part that it has no more. */
  setMessage(id: string, change: Partial<Message>, without?: keyof Message): Message {
    const message = this.keepMessage(id, change, without);
    this.#emit('message', message);
    if (this.get(message.chatId).last?.id === id) this.change(message.chatId, { last: message });
    return message;
  }

  /** Changes a message and tells nobody. */
  keepMessage(id: string, change: Partial<Message>, without?: keyof Message): Message {
    const index = this.#messages.findIndex((m) => m.id === id);
    const old = this.#messages[index];
    if (!old) throw { code: 'internal', message: 'No such message.' };
    const message = { ...old, ...change };
    if (change.status && change.status !== 'failed') delete message.error;
    if (without) delete message[without];
    this.#messages[index] = message;
    return message;
  }

  find(id: string): Message | undefined {
    return this.#messages.find((m) => m.id === id);
  }

  remove(id: string): void {
    const gone = this.find(id);
    if (!gone) return;
    this.#messages = this.#messages.filter((m) => m.id !== id);
    this.#emit('messageRemoved', { id, chatId: gone.chatId });
  }

  markRead(chatId: string, order: number): Record<string, never> {
    const unread = this.#messages.filter((m) => m.chatId === chatId && !m.mine && m.order > order).length;
    if (unread < this.get(chatId).unread || this.get(chatId).markedUnread) this.change(chatId, { unread, markedUnread: false });
    return {};
  }

  /** The messages with a star, the latest star first. */
  starred(): Message[] {
    return this.#messages.filter((m) => m.starred).reverse();
  }

  /** Changes a chat as the person does on any own device. */
  edit({ chatId, name, draftReplyTo, ...change }: Params<'changeChat'>): Chat {
    const { title, ownName } = this.get(chatId);
    const own = ownName ?? title;
    const named = name === undefined ? {} : name ? { title: name, ownName: own } : { title: own, ownName: '' };
    if (draftReplyTo !== undefined) {
      const { draftReply: _, ...chat } = this.get(chatId);
      const { quote } = this.#quoting(draftReplyTo);
      this.#chats.set(chatId, { ...chat, ...(quote && { draftReply: quote }) });
    }
    this.change(chatId, { ...change, ...named });
    return this.get(chatId);
  }

  search(query: string): SearchHit[] {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#messages
      .filter((m) => words.every((word) => m.text.toLowerCase().includes(word)))
      .reverse()
      .slice(0, 50)
      .map((message) => ({ message, chatTitle: this.get(message.chatId).title, snippet: snippet(message.text, words) }));
  }

  #travel(id: string): void {
    const steps = ['sent', 'delivered', 'read'] as const;
    steps.forEach((status, index) => setTimeout(() => this.setMessage(id, { status }), this.#pace * (index + 1)));
  }
}

function snippet(text: string, words: string[]): SnippetPart[] {
  const at = text.toLowerCase().indexOf(words[0] ?? '');
  const length = (words[0] ?? '').length;
  return [
    { text: text.slice(Math.max(0, at - 40), at) },
    { text: text.slice(at, at + length), match: true },
    { text: text.slice(at + length, at + length + 80) },
  ].filter((part) => part.text);
}
