import type { LinkProgress } from '../core/api.gen';
import { Action } from './action.svelte';
import type { Core, Problem } from './core';

export type LinkingStep = 'name' | 'code' | 'comparing' | 'claimed' | 'accepted' | 'rejected' | 'expired' | 'failed';

const automaticRefreshes = 5;

/**
 * This new device waits for a primary to scan its code, or to type it and compare words (M5, M6), or to give it the
 * account (M4). Expired codes renew themselves, five times.
 */
export class Linking {
  #core: Core;
  #move: () => boolean;
  #step = $state<LinkingStep>('name');
  #uri = $state('');
  #typed = $state(false);
  #code = $state('');
  #words = $state.raw<number[]>([]);
  #expiresAt = $state(0);
  #phone = $state('');
  #problem = $state<Problem>();
  #refreshes = 0;
  #stop: () => void;
  readonly action = new Action();
  relay = $state('');
  deviceName = $state('');

  constructor(core: Core, relay: string, deviceName: string, move = () => false) {
    this.#core = core;
    this.#move = move;
    this.relay = relay;
    this.deviceName = deviceName;
    this.#stop = core.on('link', (progress) => void this.#progress(progress));
  }

  get step(): LinkingStep {
    return this.#step;
  }

  get uri(): string {
    return this.#uri;
  }

  /** The code is to be typed instead of scanned. */
  get typed(): boolean {
    return this.#typed;
  }

  get code(): string {
    return this.#code;
  }

  /** While comparing: the numbers of the words that the primary must show, too. */
  get words(): number[] {
    return this.#words;
  }

  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** The number of the account that claims or has this device; empty while unknown (M26). */
  get phone(): string {
    return this.#phone;
  }

  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** Shows the first code, or one that the person asked for. */
  async show(): Promise<void> {
    this.#refreshes = 0;
    await this.#offer();
  }

  /** Shows a code to be typed in place of the QR code, or the other way round. */
  async use(typed: boolean): Promise<void> {
    this.#refreshes = 0;
    await this.#offer(typed);
  }

  /** Says whether the primary shows the same words; if not, linking ends on both. */
  async answer(same: boolean): Promise<void> {
    await this.action.run(async () => {
      await this.#core.call('confirmLinkWords', { words: this.#words, same });
    });
  }

  /** Leaves; the code on the screen is no longer good. */
  close(): void {
    this.#stop();
    if (this.#step === 'code' || this.#step === 'comparing' || this.#step === 'claimed') {
      this.#core.call('cancelLink', {}).catch(() => undefined);
    }
  }

  async #offer(typed = this.#typed): Promise<void> {
    const shown = await this.action.run(async () => {
      const params = {
        relay: this.relay,
        deviceName: this.deviceName.trim(),
        move: this.#move(),
      };
      if (typed) ({ code: this.#code, expiresAt: this.#expiresAt } = await this.#core.call('startCodeLink', params));
      else ({ uri: this.#uri, expiresAt: this.#expiresAt } = await this.#core.call('startLink', params));
      this.#typed = typed;
      this.#phone = '';
      this.#step = 'code';
    });
    if (!shown && this.#step !== 'name') this.#fail(this.action.problem);
  }

  async #progress(progress: LinkProgress): Promise<void> {
    if (progress.phone) this.#phone = progress.phone;
    if (progress.words) this.#words = progress.words;
    switch (progress.state) {
      case 'open':
        return;
      case 'expired':
        return this.#expired();
      case 'failed':
        return this.#fail(progress.error);
      default:
        this.#step = progress.state;
    }
  }

  async #expired(): Promise<void> {
    // Whoever is comparing words must not be shown another code unawares.
    if (this.#refreshes >= automaticRefreshes || (this.#typed && this.#step !== 'code')) {
      this.#step = 'expired';
      return;
    }
    this.#refreshes++;
    await this.#offer();
  }

  #fail(problem: Problem | undefined): void {
    this.#problem = problem;
    this.#step = 'failed';
  }
}
