import { t } from '../i18n';
import { Action } from './action.svelte';
import type { Core } from './core';
import { formatPhone, normalizePhone, phoneFault } from './phone';

export type RegistrationStep = 'phone' | 'code' | 'name';

/** Registering this device as the primary of a new account: number, code, name (M4). */
export class Registration {
  #core: Core;
  #deviceName: string;
  #step = $state<RegistrationStep>('phone');
  #sender = $state('');
  #resendAt = $state(0);
  #fault = $state('');
  readonly action = new Action();
  relay = $state('');
  phone = $state('');
  code = $state('');
  name = $state('');

  constructor(core: Core, relay: string, deviceName: string) {
    this.#core = core;
    this.#deviceName = deviceName;
    this.relay = relay;
  }

  get step(): RegistrationStep {
    return this.#step;
  }

  /** How the code travels: console, smtp or invitation; empty for a code the person already had. */
  get sender(): string {
    return this.#sender;
  }

  /** When a new code may be asked for, Unix milliseconds. */
  get resendAt(): number {
    return this.#resendAt;
  }

  /** What is wrong with the number, in words; empty when nothing is. */
  get phoneFault(): string {
    return this.#fault;
  }

  get shownPhone(): string {
    return formatPhone(normalizePhone(this.phone));
  }

  async requestCode(): Promise<void> {
    if (!this.#checkPhone()) return;
    await this.action.run(async () => {
      const result = await this.#core.call('requestCode', { relay: this.relay, phone: normalizePhone(this.phone) });
      this.#sender = result.sender;
      this.#resendAt = Date.now() + result.retryAfterMs;
      this.#step = 'code';
    });
  }

  /** The operator gave the person a code: none needs to be sent. */
  useInvitation(): void {
    if (!this.#checkPhone()) return;
    this.action.clear();
    this.#sender = 'invitation';
    this.#step = 'code';
  }

  enterCode(): void {
    this.code = this.code.replace(/\D/g, '');
    if (this.code.length !== 6) return this.action.fail({ code: 'code_format', message: '' });
    this.action.clear();
    this.#step = 'name';
  }

  changeNumber(): void {
    this.action.clear();
    this.code = '';
    this.#step = 'phone';
  }

  /** Creates the account. A wrong code leads back to where it is entered. */
  async finish(): Promise<void> {
    if (!this.name.trim()) return this.action.fail({ code: 'name_invalid', message: '' });
    await this.action.run(async () => {
      await this.#core.call('register', {
        relay: this.relay,
        phone: normalizePhone(this.phone),
        code: this.code,
        name: this.name.trim(),
        deviceName: this.#deviceName,
      });
    });
    if (this.action.problem?.code.startsWith('code_')) {
      this.code = '';
      this.#step = 'code';
    }
  }

  #checkPhone(): boolean {
    const fault = phoneFault(this.phone);
    if (fault === undefined) this.#fault = '';
    else this.#fault = fault === 'short' ? t('register.phoneTooShort') : t('register.phoneFormat');
    return fault === undefined;
  }
}
