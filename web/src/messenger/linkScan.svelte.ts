import type { Device, LinkRequest } from '../core/api.gen';
import { Action } from './action.svelte';
import type { Core } from './core';

export type ScanStep = 'scan' | 'compare' | 'confirm' | 'done' | 'rejected' | 'differed';

/**
 * The primary links a device: a code is scanned, pasted or typed, shown, and accepted or rejected (M25, M26). After a
 * typed one words are compared, while the new device's person does the same.
 */
export class LinkScan {
  #core: Core;
  #step = $state<ScanStep>('scan');
  /** The code that was asked about last, and the one whose device is shown. */
  #asked = '';
  #uri = '';
  #request = $state.raw<LinkRequest>();
  #words = $state.raw<number[]>([]);
  #expiresAt = $state(0);
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

  /** After a typed code: the numbers of the words that the new device must show, too. */
  get words(): number[] {
    return this.#words;
  }

  /** When the decision is too late. */
  get expiresAt(): number {
    return this.#request?.expiresAt ?? this.#expiresAt;
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

  /** What was typed or pasted: a link, or a code. */
  async enter(text: string): Promise<void> {
    await (text.includes(':') ? this.inspect(text) : this.#type(text));
  }

  async #type(code: string): Promise<void> {
    if (this.#step !== 'scan') return;
    const claimed = await this.action.run(async () => {
      const link = await this.#core.call('claimLinkCode', { code });
      this.#words = link.words;
      this.#expiresAt = link.expiresAt;
      this.#asked = link.uri;
      this.#step = 'compare';
    });
    if (claimed) await this.#awaitDevice(this.#asked);
  }

  /** Waits until the person at the new device has said that the words are the same. */
  async #awaitDevice(uri: string): Promise<void> {
    const asked = () => this.#step === 'compare' && this.#asked === uri;
    await this.action.run(async () => {
      try {
        const request = await this.#core.call('inspectLink', { uri });
        if (!asked()) return;
        this.#request = request;
        this.#uri = uri;
        this.#step = 'confirm';
      } catch (thrown) {
        if (!asked()) return;
        this.#step = 'scan';
        throw thrown;
      }
    });
  }

  /** The words differ: linking ends on both devices. */
  async differ(): Promise<void> {
    const uri = this.#asked;
    this.again();
    this.#step = 'differed';
    await this.#core.call('rejectLink', { uri, wordsDiffer: true }).catch(() => undefined); // nothing is linked in any case
  }

  /** Leaves; a device that waits for the answer about its words waits no longer. */
  close(): void {
    if (this.#words.length > 0 && (this.#step === 'compare' || this.#step === 'confirm')) void this.giveUp();
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
    this.#words = [];
    this.#step = 'scan';
  }
}
