import type { SafetyNumber } from '../core/api.gen';
import { Action } from './action.svelte';
import type { Core } from './core';

/** The safety number of a chat on the screen, and what came of comparing it (X6). */
export class Safety {
  readonly action = new Action();
  #core: Core;
  #chatId: string;
  #number = $state.raw<SafetyNumber>();
  #result = $state<'match' | 'differ'>();
  #done = new Set<string>();

  constructor(core: Core, chatId: string) {
    this.#core = core;
    this.#chatId = chatId;
  }

  get number(): SafetyNumber | undefined {
    return this.#number;
  }

  /** Of the last code that was scanned. */
  get result(): 'match' | 'differ' | undefined {
    return this.#result;
  }

  async load(): Promise<void> {
    await this.action.run(async () => {
      this.#number = await this.#core.call('safetyNumber', { chatId: this.#chatId });
    });
  }

  /** Compares what the camera sees; a code is looked at once. */
  async scanned(texts: string[]): Promise<void> {
    const code = texts.find((text) => !this.#done.has(text));
    if (code === undefined || this.action.busy) return;
    this.#done.add(code);
    await this.action.run(async () => {
      const { match } = await this.#core.call('compareSafetyCode', { chatId: this.#chatId, code });
      this.#result = match ? 'match' : 'differ';
    });
  }

  /** Before the camera looks again. */
  again(): void {
    this.#result = undefined;
    this.#done.clear();
    this.action.clear();
  }

  async setVerified(verified: boolean): Promise<void> {
    await this.action.run(async () => {
      await this.#core.call('setVerified', { chatId: this.#chatId, verified });
    });
  }
}
