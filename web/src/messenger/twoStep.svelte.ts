import type { TwoStep } from '../core/api.gen';
import { language } from '../i18n';
import type { Core } from './core';

/** The account's two-step verification (M35–M37), kept up to date with the core. */
export class TwoStepState {
  #core: Core;
  #now = $state.raw<TwoStep>({ pinSet: false, emailAvailable: false });
  #loaded = $state(false);
  #dismissedAt = $state(0);
  #stop: (() => void)[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  get now(): TwoStep {
    return this.#now;
  }

  /** The first answer has come. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** From when the person should be asked for the PIN, Unix milliseconds; 0 for never. */
  get remindAt(): number {
    return this.#now.reminderAt ?? 0;
  }

  /** The person has put this reminder off until the app is opened again. */
  get dismissed(): boolean {
    return this.#dismissedAt === this.remindAt;
  }

  start(): void {
    this.#stop = [
      this.#core.on('twoStep', (now) => this.#set(now)),
      this.#core.on('reset', () => this.#read()),
    ];
    this.#read();
  }

  stop(): void {
    for (const stop of this.#stop) stop();
    this.#loaded = false;
    this.#now = { pinSet: false, emailAvailable: false };
  }

  dismiss(): void {
    this.#dismissedAt = this.remindAt;
  }

  /** Reads it again; needs a connection. */
  async load(): Promise<void> {
    this.#set(await this.#core.call('twoStep', {}));
  }

  /** Sets or changes the PIN; an empty one turns it off. */
  async setPin(pin: string): Promise<void> {
    await this.#core.call('setPin', { pin });
    await this.load();
  }

  async confirmPin(pin: string): Promise<void> {
    await this.#core.call('confirmPin', { pin });
    await this.load();
  }

  /** Has a code sent to a new recovery address, or removes the present one if it is empty. */
  async setEmail(address: string): Promise<void> {
    await this.#core.call('setRecoveryEmail', { address, language: language.used.language });
    await this.load();
  }

  async confirmEmail(code: string): Promise<void> {
    await this.#core.call('confirmRecoveryEmail', { code });
    await this.load();
  }

  async cancelReset(): Promise<void> {
    await this.#core.call('cancelPinReset', {});
    await this.load();
  }

  /** Without a connection it comes as an event as soon as there is one. */
  #read(): void {
    this.load().catch(() => undefined);
  }

  #set(now: TwoStep): void {
    this.#now = now;
    this.#loaded = true;
  }
}
