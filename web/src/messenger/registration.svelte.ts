import type { CodeVerified } from '../core/api.gen';
import { language, t } from '../i18n';
import { Action } from './action.svelte';
import type { Core } from './core';
import { formatPhone, normalizePhone, phoneFault } from './phone';

export type RegistrationStep = 'phone' | 'code' | 'takeover' | 'pin' | 'forgot' | 'mail' | 'name';

/** Registering this device as a primary: number, code, a word of warning if the number has an account, its PIN, name (M4, M35–M37). */
export class Registration {
  #core: Core;
  #deviceName: string;
  #step = $state<RegistrationStep>('phone');
  #sender = $state('');
  #resendAt = $state(0);
  #fault = $state('');
  #verified = $state.raw<CodeVerified>();
  #readyAt = $state(0);
  readonly action = new Action();
  relay = $state('');
  phone = $state('');
  code = $state('');
  pin = $state('');
  mailCode = $state('');
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

  /** The recovery address with most of it hidden; empty without one. */
  get email(): string {
    return this.#verified?.email ?? '';
  }

  /** The PIN was wrong too often. */
  get pinLocked(): boolean {
    return this.#verified?.pinNeeded === true && !this.#verified.pinTriesLeft;
  }

  /** From when no PIN is needed, because a reset was asked for, Unix milliseconds; 0 if none was. */
  get resetReadyAt(): number {
    return this.#readyAt;
  }

  get shownPhone(): string {
    return formatPhone(normalizePhone(this.phone));
  }

  async requestCode(): Promise<void> {
    if (!this.#checkPhone()) return;
    await this.action.run(async () => {
      const result = await this.#core.call('requestCode', {
        relay: this.relay, phone: normalizePhone(this.phone), language: language.used.language,
      });
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

  /** Proves the number. The code is spent with it, and the core remembers. */
  async enterCode(): Promise<void> {
    this.code = this.code.replace(/\D/g, '');
    if (this.code.length !== 6) return this.action.fail({ code: 'code_format', message: '' });
    const proven = await this.action.run(async () => {
      const verified = await this.#core.call('verifyCode', {
        relay: this.relay, phone: normalizePhone(this.phone), code: this.code,
      });
      this.#verified = verified;
      this.#readyAt = verified.resetReadyAt ?? 0;
      this.#step = verified.existing ? 'takeover' : 'name';
    });
    if (!proven && this.action.problem?.code.startsWith('code_')) this.code = '';
  }

  /** The person knows that all other devices are logged out, and wants it. */
  takeOver(): void {
    this.action.clear();
    this.#step = this.#verified?.pinNeeded ? 'pin' : 'name';
  }

  async enterPin(): Promise<void> {
    this.pin = this.pin.replace(/\D/g, '');
    if (this.pin.length !== 6) return this.action.fail({ code: 'pin_invalid', message: '' });
    await this.action.run(async () => {
      await this.#core.call('verifyPin', { pin: this.pin });
      this.#step = 'name';
    });
    this.pin = '';
    this.#expired();
    if (this.action.problem?.code === 'pin_locked' && this.#verified) this.#verified = { ...this.#verified, pinTriesLeft: 0 };
  }

  /** Shows the ways to go on without the PIN. */
  forgetPin(): void {
    this.action.clear();
    this.pin = '';
    this.#step = 'forgot';
  }

  /** Has a code sent to the recovery address (M36). */
  async requestMail(): Promise<void> {
    await this.action.run(async () => {
      await this.#core.call('requestPinResetMail', { language: language.used.language });
      this.#step = 'mail';
    });
    this.#expired();
  }

  async enterMailCode(): Promise<void> {
    this.mailCode = this.mailCode.replace(/\D/g, '');
    if (this.mailCode.length !== 6) return this.action.fail({ code: 'code_format', message: '' });
    await this.action.run(async () => {
      await this.#core.call('verifyPinResetMail', { code: this.mailCode });
      this.#step = 'name';
    });
    this.mailCode = '';
  }

  /** Begins the seven days after which no PIN is needed (M37). */
  async startWaiting(): Promise<void> {
    await this.action.run(async () => {
      this.#readyAt = (await this.#core.call('startPinReset', {})).readyAt;
    });
    this.#expired();
  }

  changeNumber(): void {
    this.action.clear();
    this.code = '';
    this.pin = '';
    this.mailCode = '';
    this.#verified = undefined;
    this.#step = 'phone';
  }

  /** One step back; the number and its code stay proven as long as the relay remembers. */
  back(): void {
    this.action.clear();
    if (this.#step === 'forgot') this.#step = 'pin';
    else if (this.#step === 'mail') this.#step = 'forgot';
    else this.changeNumber();
  }

  /** Creates the account. */
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
    if (this.action.problem?.code === 'pin_needed') this.#step = 'pin';
    this.#expired();
  }

  /** What was proven is remembered for a few minutes only: then it begins again at the code. */
  #expired(): void {
    if (!this.action.problem?.code.startsWith('code_') || this.action.problem.code === 'code_not_sent') return;
    this.code = '';
    this.#step = 'code';
  }

  #checkPhone(): boolean {
    const fault = phoneFault(this.phone);
    if (fault === undefined) this.#fault = '';
    else this.#fault = fault === 'short' ? t('register.phoneTooShort') : t('register.phoneFormat');
    return fault === undefined;
  }
}
