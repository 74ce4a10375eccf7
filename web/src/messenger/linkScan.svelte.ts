import type { Device, LinkRequest } from '../core/api.gen';
import { Action } from './action.svelte';
import type { Core } from './core';

export type ScanStep = 'scan' | 'confirm' | 'done' | 'rejected';

/** The primary links a device: a code is scanned or pasted, shown, and accepted or rejected (M25, M26). */
export class LinkScan {
  #core: Core;
  #step = $state<ScanStep>('scan');
  /** The code that was asked about last, and the one whose device is shown. */
  #asked = '';
  #uri = '';
  #request = $state.raw<LinkRequest>();
  #device = $state.raw<Device>();
  #choice = $state<'accept' | 'reject'>();
  #otherCode = $state(false);
  readonly action = new Action();

  constructor(core: Core) {
    this.#core = core;
  }

  get step(): ScanStep {
    return this.#step;
  }

  get request(): LinkRequest | undefined {
    return this.#request;
  }

  get device(): Device | undefined {
    return this.#device;
  }

  /** The PIN was wrong, and may be typed again. */
  get pinWrong(): boolean {
    return this.action.problem?.code.startsWith('pin_') ?? false;
  }

  /** Which answer is being given. */
  get choice(): 'accept' | 'reject' | undefined {
    return this.action.busy ? this.#choice : undefined;
  }

  /** The camera sees a QR code that is not one of ours. */
  get otherCode(): boolean {
    return this.#otherCode;
  }

  /** The camera saw these codes; the first that is ours is inspected. */
  async scanned(texts: string[]): Promise<void> {
    const ours = texts.find((text) => text.startsWith('parley:'));
    this.#otherCode = ours === undefined && texts.length > 0;
    // A code that was just refused stays in front of the camera: it is not asked about again and again.
    if (ours && (ours !== this.#asked || !this.action.problem)) await this.inspect(ours);
  }

  async inspect(uri: string): Promise<void> {
    if (this.#step !== 'scan' || this.action.busy) return;
    const asked = uri.trim();
    this.#asked = asked;
    await this.action.run(async () => {
      this.#request = await this.#core.call('inspectLink', { uri: asked });
      this.#uri = asked;
      this.#step = 'confirm';
    });
  }

  /** The account has all the devices it may have; the new one waits until one was logged out (M2). */
  get full(): boolean {
    return this.action.problem?.code === 'too_many_devices';
  }

  /** Logs a device out and goes on with the code that was refused. */
  async makeRoom(id: string): Promise<void> {
    await this.#core.call('removeDevice', { id });
    await this.inspect(this.#asked);
  }

  /** Tells the device that waits that nothing comes of it. */
  async giveUp(): Promise<void> {
    const uri = this.#asked;
    this.again();
    await this.#core.call('rejectLink', { uri }).catch(() => undefined); // its code expires anyway
  }

  /** Links the device, or makes it the primary if that is what it asks for (M4). */
  async accept(pin = ''): Promise<void> {
    this.#choice = 'accept';
    await this.action.run(async () => {
      this.#device = this.#request?.move
        ? await this.#core.call('acceptMove', { uri: this.#uri, pin })
        : await this.#core.call('acceptLink', { uri: this.#uri });
      this.#step = 'done';
    });
  }

  async reject(): Promise<void> {
    this.#choice = 'reject';
    await this.action.run(async () => {
      await this.#core.call('rejectLink', { uri: this.#uri });
      this.#step = 'rejected';
    });
  }

  again(): void {
    this.action.clear();
    this.#asked = '';
    this.#otherCode = false;
    this.#request = undefined;
    this.#step = 'scan';
  }
}
