import type { LinkPreview, Mention, Message } from '../core/api.gen';
import { problemOf, type Core, type Problem } from './core';

const pageSize = 60;
const maximumPage = 500;
/** Messages that are read before the first that is new. */
const before = 20;

/**
 * The messages of one chat that are on the screen or near it: a window on the history that grows at both ends.
 * While the window does not reach the latest message (after a jump), new ones are counted and not shown.
 */
export class Conversation {
  readonly chatId: string;
  #core: Core;
  #looking: () => boolean;
  #messages = $state.raw<Message[]>([]);
  #loaded = $state(false);
  #hasOlder = $state(false);
  #hasNewer = $state(false);
  #loadingOlder = $state(false);
  #problem = $state<Problem>();
  #firstNew = $state<string>();
  #arrived = $state(0);
  #windowNumber = $state(0);
  #readUpTo = -Infinity;
  #loadingNewer = false;
  #incoming: Message[] = [];
  #schedule: (run: () => void) => void;
  #stop: (() => void)[] = [];

  /**
   * `looking` tells whether the person looks at the window. `schedule` runs something a little later: what comes until
   * then is shown in one go, so that a thousand messages at once do not mean a thousand drawings.
   */
  constructor(core: Core, chatId: string, looking: () => boolean, schedule = nextPicture) {
    this.#core = core;
    this.chatId = chatId;
    this.#looking = looking;
    this.#schedule = schedule;
  }

  get messages(): Message[] {
    return this.#messages;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  get hasNewer(): boolean {
    return this.#hasNewer;
  }

  get loadingOlder(): boolean {
    return this.#loadingOlder;
  }

  /** Why the messages could not be read. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** Id of the message before which “New messages” stands. */
  get firstNew(): string | undefined {
    return this.#firstNew;
  }

  /** Changes when the window was replaced by another one, at another place of the history. */
  get windowNumber(): number {
    return this.#windowNumber;
  }

  /** Messages of others that came since the person last was at the end. */
  get arrived(): number {
    return this.#arrived;
  }

  /** Reads the latest messages and listens for more. `unread` places the divider. */
  async start(unread: number): Promise<void> {
    this.#stop = [
      this.#core.on('message', (message) => this.#receive(message)),
      this.#core.on('messageRemoved', ({ id }) => {
        this.#messages = this.#messages.filter((message) => message.id !== id);
      }),
      this.#core.on('reset', () => void this.#reload()),
      // Older messages may have come behind the first one.
      this.#core.on('history', () => void (this.#loaded && !this.#hasOlder && this.#reload())),
    ];
    await this.latest(Math.min(Math.max(pageSize, unread + before), maximumPage));
    this.#firstNew = unreadStart(this.#messages, unread);
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  /** Shows the end of the chat. */
  async latest(limit = pageSize): Promise<void> {
    await this.#load(async () => {
      const page = await this.#page({ limit });
      if (this.#hasNewer) this.#windowNumber++;
      this.#show(page.messages, page.more, false);
      this.#arrived = 0;
    });
  }

  /** Shows the messages around one; the caller scrolls to it. */
  async around(order: number): Promise<void> {
    await this.#load(async () => {
      const before = await this.#page({ before: order + 1, limit: pageSize });
      const after = await this.#page({ after: order, limit: pageSize });
      this.#windowNumber++;
      this.#show([...before.messages, ...after.messages], before.more, after.more);
    });
  }

  /** Adds older messages at the start. True when there were any. */
  async loadOlder(): Promise<boolean> {
    const first = this.#messages[0];
    if (!first || !this.#hasOlder || this.#loadingOlder) return false;
    this.#loadingOlder = true;
    try {
      const page = await this.#page({ before: first.order, limit: pageSize });
      this.#hasOlder = page.more;
      this.#messages = merge(this.#messages, page.messages);
      return page.messages.length > 0;
    } catch (thrown) {
      this.#problem = problemOf(thrown);
      return false;
    } finally {
      this.#loadingOlder = false;
    }
  }

  /** Adds newer messages at the end, after a jump. */
  async loadNewer(): Promise<void> {
    const last = this.#messages.at(-1);
    if (!last || !this.#hasNewer || this.#loadingNewer) return;
    this.#loadingNewer = true;
    try {
      const page = await this.#page({ after: last.order, limit: pageSize });
      this.#hasNewer = page.more;
      this.#messages = merge(this.#messages, page.messages);
    } catch (thrown) {
      this.#problem = problemOf(thrown);
    } finally {
      this.#loadingNewer = false;
    }
  }

  /** Puts a text into the outbox; rejects with a problem when it could not be kept. */
  async send(text: string, replyTo?: string, mentions: Mention[] = [], preview?: LinkPreview): Promise<void> {
    const { id } = await this.#core.call('newMessageId', {});
    const message = await this.#core.call('send', { chatId: this.chatId, text, id, mentions, ...(replyTo ? { replyTo } : {}), ...(preview ? { preview } : {}) });
    this.#firstNew = undefined;
    if (this.#hasNewer) await this.latest();
    else this.#answer(message);
  }

  async retry(id: string): Promise<void> {
    this.#answer(await this.#core.call('retry', { id }));
  }

  /** The person is looking at everything up to a message. */
  seen(message: Message): void {
    if (message.order <= this.#readUpTo) return;
    this.#readUpTo = message.order;
    this.#core.call('markRead', { chatId: this.chatId, order: message.order }).catch(() => {
      this.#readUpTo = -Infinity;
    });
  }

  /** The person is at the end of the chat: nothing is new any more. */
  atEnd(): void {
    this.#arrived = 0;
  }

  #receive(message: Message): void {
    if (message.chatId !== this.chatId) return;
    if (this.#incoming.push(message) === 1) this.#schedule(() => this.#take());
  }

  /** Shows what has come; until the first page is there it waits. */
  #take(): void {
    if (!this.#loaded || this.#incoming.length === 0) return;
    const incoming = this.#incoming;
    this.#incoming = [];
    const known = new Set(this.#messages.map((message) => message.id));
    const first = this.#hasOlder ? (this.#messages[0]?.order ?? -Infinity) : -Infinity;
    const shown = incoming.filter((message) => {
      if (known.has(message.id)) return true;
      known.add(message.id);
      if (countsAsNew(message)) this.#noteArrival(message);
      return !this.#hasNewer && message.order >= first;
    });
    this.#messages = merge(this.#messages, shown);
  }

  /** The answer to a call. Events may have told more already: it only counts where they have not. */
  #answer(message: Message): void {
    this.#take();
    const known = this.#messages.find((other) => other.id === message.id);
    if (!known || known.status === 'failed') this.#messages = merge(this.#messages, [message]);
  }

  /** Something came: it is counted, and while nobody looks the divider goes before it. */
  #noteArrival(message: Message): void {
    this.#arrived++;
    if (this.#looking()) return;
    const divided = this.#messages.find((other) => other.id === this.#firstNew);
    if (!divided || divided.order <= this.#readUpTo) this.#firstNew = message.id;
  }

  /** Reads the window again, after events may have been missed. */
  async #reload(): Promise<void> {
    const first = this.#messages[0];
    if (!first) return this.latest();
    await this.#load(async () => {
      const limit = Math.min(maximumPage, this.#messages.length + pageSize);
      const bounds = this.#hasNewer ? { after: first.order - 1, limit } : { limit };
      const page = await this.#page(bounds);
      if (this.#hasNewer) this.#show(page.messages, this.#hasOlder, page.more);
      else this.#show(page.messages, page.more, false);
    });
  }

  async #load(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#problem = undefined;
      this.#loaded = true;
      this.#take();
    } catch (thrown) {
      this.#problem = problemOf(thrown);
    }
  }

  #page(bounds: { before?: number; after?: number; limit: number }) {
    return this.#core.call('messages', { chatId: this.chatId, ...bounds });
  }

  #show(messages: Message[], hasOlder: boolean, hasNewer: boolean): void {
    this.#messages = merge([], messages);
    this.#hasOlder = hasOlder;
    this.#hasNewer = hasNewer;
  }
}

function nextPicture(run: () => void): void {
  setTimeout(run, 16);
}

/** The messages of both in order, each once; those of `changes` win. */
export function merge(messages: Message[], changes: Message[]): Message[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  for (const message of changes) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.order - b.order || a.sentAt - b.sentAt || (a.id < b.id ? -1 : 1));
}

/** What the app tells, and what is not there yet, is not counted as unread; warnings of a silent device are. */
const uncounted: readonly Message['kind'][] = ['keysChanged', 'devicesChanged', 'reset', 'group', 'timer', 'pin', 'waiting'];
const countsAsNew = (message: Message): boolean => !message.mine && !uncounted.includes(message.kind);

/** Id of the first of the last `unread` messages of others. */
function unreadStart(messages: Message[], unread: number): string | undefined {
  let left = unread;
  let first: string | undefined;
  for (let i = messages.length - 1; i >= 0 && left > 0; i--) {
    const message = messages[i];
    if (!message || !countsAsNew(message)) continue;
    first = message.id;
    left--;
  }
  return first;
}
