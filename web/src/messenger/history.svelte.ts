import type { History } from '../core/api.gen';
import type { Core } from './core';

/** How far history is on its way, to this device or from it (M9, M11). */
export class HistoryProgress {
  #core: Core;
  #now = $state.raw<History>({ sending: [] });
  #stop: (() => void)[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  /** What comes to this device; nothing once everything is here. */
  get receiving(): History['receiving'] {
    return this.#now.receiving?.state === 'done' ? undefined : this.#now.receiving;
  }

  get sending(): History['sending'] {
    return this.#now.sending.filter(({ done }) => !done);
  }

  start(): void {
    this.#stop = [this.#core.on('history', (history) => (this.#now = history)), this.#core.on('reset', () => this.#load())];
    this.#load();
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  #load(): void {
    // The next event tells it, too.
    this.#core.call('history', {}).then((history) => (this.#now = history), () => undefined);
  }
}
