import type { LockStatus } from '../core/api.gen';
import type { Core } from './core';

/** How long what would be lost may keep the lock open, milliseconds. */
const savingTime = 2000;

/** The app lock of this device (M38), kept up to date with the core. What it takes to show it is loaded when there is one. */
export class AppLock {
  #core: Core;
  #beforeLock: () => Promise<void>;
  #status = $state.raw<LockStatus>();
  #stop: (() => void)[] = [];

  /** `beforeLock` saves what would be lost. */
  constructor(core: Core, beforeLock: () => Promise<void>) {
    this.#core = core;
    this.#beforeLock = beforeLock;
  }

  /** Undefined until the core has answered. */
  get status(): LockStatus | undefined {
    return this.#status;
  }

  get locked(): boolean {
    return this.#status?.state === 'locked';
  }

  /** There is a lock, and it is open. */
  get open(): boolean {
    return this.#status?.state === 'open';
  }

  async start(): Promise<void> {
    this.#stop = [
      this.#core.on('lockChanged', (status) => (this.#status = status)),
      this.#core.on('reset', () => void this.#read().catch(() => undefined)), // its failure is the core's, which is shown
    ];
    await this.#read();
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  /** Locks all windows, if there is a lock. */
  async lock(): Promise<void> {
    if (!this.open) return;
    await Promise.race([this.#beforeLock().catch(() => undefined), new Promise((over) => setTimeout(over, savingTime))]);
    await this.#core.call('lock', {});
  }

  async #read(): Promise<void> {
    this.#status = await this.#core.call('lockStatus', {});
  }
}
