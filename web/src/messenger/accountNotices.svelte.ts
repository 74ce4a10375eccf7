import type { Notice } from '../core/api.gen';
import { Action } from './action.svelte';
import type { Core } from './core';

/** What the person should know about the account's devices, until it is answered on this one (M14, M19). */
export class AccountNotices {
  #core: Core;
  #all = $state.raw<Notice[]>([]);
  #loaded = $state(false);
  #stop: (() => void)[] = [];
  readonly action = new Action();

  constructor(core: Core) {
    this.#core = core;
  }

  get all(): readonly Notice[] {
    return this.#all;
  }

  /** They have been read. */
  get loaded(): boolean {
    return this.#loaded;
  }

  find(id: string): Notice | undefined {
    return this.#all.find((notice) => notice.id === id);
  }

  /** The one to show: the latest. */
  get first(): Notice | undefined {
    return this.#all[0];
  }

  async start(): Promise<void> {
    this.#stop = [
      this.#core.on('notices', ({ notices }) => this.#set(notices)),
      this.#core.on('reset', () => void this.#read()),
    ];
    await this.#read();
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  /** When they cannot be read now, as while it is locked, the next event tells them. */
  async #read(): Promise<void> {
    await this.#core.call('notices', {}).then(({ notices }) => this.#set(notices), () => undefined);
  }

  #set(notices: Notice[]): void {
    this.#all = notices;
    this.#loaded = true;
  }

  async answer(notice: Notice): Promise<void> {
    await this.action.run(async () => {
      await this.#core.call('answerNotice', { id: notice.id });
    });
  }

  /** “That wasn't me”: the device is logged out at once; only on the primary. */
  logOut(notice: Notice): Promise<boolean> {
    return this.action.run(async () => {
      await this.#core.call('removeDevice', { id: notice.deviceId });
      await this.#core.call('answerNotice', { id: notice.id });
    });
  }
}
