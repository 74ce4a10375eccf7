import type { Notice } from '../core/api.gen';
import { Action } from './action.svelte';
import type { Core } from './core';

/** What the person should know about the account's devices, until it is answered on this one (M14, M19). */
export class AccountNotices {
  #core: Core;
  #all = $state.raw<Notice[]>([]);
  #stop: (() => void)[] = [];
  readonly action = new Action();

  constructor(core: Core) {
    this.#core = core;
  }

  /** The one to show: the latest. */
  get first(): Notice | undefined {
    return this.#all[0];
  }

  async start(): Promise<void> {
    this.#stop = [
      this.#core.on('notices', ({ notices }) => (this.#all = notices)),
      this.#core.on('reset', () => void this.load()),
    ];
    await this.load();
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  async load(): Promise<void> {
    this.#all = (await this.#core.call('notices', {})).notices;
  }

  async answer(notice: Notice): Promise<void> {
    await this.action.run(async () => {
      await this.#core.call('answerNotice', { id: notice.id });
    });
  }

  /** “That wasn't me”: the device is logged out at once; only on the primary. */
  async logOut(notice: Notice): Promise<void> {
    await this.action.run(async () => {
      await this.#core.call('removeDevice', { id: notice.deviceId });
      await this.#core.call('answerNotice', { id: notice.id });
    });
  }
}
