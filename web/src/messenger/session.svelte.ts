import type { Status } from '../core/api.gen';
import type { Core } from './core';

const unknown: Status = {
  state: 'new', connection: 'connecting', primary: false, clockOffsetMs: 0, clockWrong: false,
  storage: 'memory', outbox: 0, caughtUp: false, version: '',
};

/** Who this device is and how it is doing, kept up to date with the core. */
export class Session {
  #core: Core;
  #status = $state.raw<Status>(unknown);
  #loaded = $state(false);
  #stop: (() => void)[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  get status(): Status {
    return this.#status;
  }

  /** The first status has come. */
  get loaded(): boolean {
    return this.#loaded;
  }

  async start(): Promise<void> {
    this.#stop = [
      this.#core.on('status', (status) => this.#set(status)),
      this.#core.on('reset', () => void this.refresh().catch(() => undefined)), // its failure is the core's, which is shown
    ];
    await this.refresh();
  }

  async refresh(): Promise<void> {
    this.#set(await this.#core.call('status', {}));
  }

  /** Forgets who this device is until the next status comes, as while it is locked. */
  clear(): void {
    this.#status = unknown;
    this.#loaded = false;
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  #set(status: Status): void {
    this.#status = status;
    this.#loaded = true;
  }
}
