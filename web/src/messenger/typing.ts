import type { Core } from './core';

const repeat = 3000;
const idle = 5000;

/** Tells the other side that the person types: at once, then every 3 seconds while they go on, and when they stop. */
export class Typing {
  #core: Core;
  #chatId: string;
  #toldAt = -Infinity;
  #stopLater: ReturnType<typeof setTimeout> | undefined;

  constructor(core: Core, chatId: string) {
    this.#core = core;
    this.#chatId = chatId;
  }

  /** A key was pressed that changed the text. */
  typed(): void {
    clearTimeout(this.#stopLater);
    this.#stopLater = setTimeout(() => this.stop(), idle);
    const now = Date.now();
    if (now - this.#toldAt < repeat) return;
    this.#toldAt = now;
    this.#tell(true);
  }

  /** The message was sent, the text emptied or the chat left. */
  stop(): void {
    clearTimeout(this.#stopLater);
    if (this.#toldAt === -Infinity) return;
    this.#toldAt = -Infinity;
    this.#tell(false);
  }

  #tell(active: boolean): void {
    this.#core.call('setTyping', { chatId: this.#chatId, active }).catch(() => undefined);
  }
}
