import type { Message } from '../core/api.gen';
import { problemOf, type Core, type Problem } from './core';

/** The starred messages of all chats, the latest star first, kept up to date with the core (M48). */
export class Starred {
  #core: Core;
  #messages = $state.raw<Message[]>([]);
  #more = $state(false);
  #loaded = $state(false);
  #problem = $state<Problem>();
  #stop: (() => void)[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  get messages(): Message[] {
    return this.#messages;
  }

  /** There are more than one list can hold. */
  get more(): boolean {
    return this.#more;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  get problem(): Problem | undefined {
    return this.#problem;
  }

  async start(): Promise<void> {
    this.#stop = [
      this.#core.on('message', (message) => {
        const known = this.#messages.some((other) => other.id === message.id);
        if (known !== Boolean(message.starred)) void this.load();
      }),
      this.#core.on('reset', () => void this.load()),
    ];
    await this.load();
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  async load(): Promise<void> {
    try {
      const { messages, more } = await this.#core.call('starred', {});
      this.#messages = messages;
      this.#more = more;
      this.#problem = undefined;
      this.#loaded = true;
    } catch (thrown) {
      this.#problem = problemOf(thrown);
    }
  }
}
