import type { Message, Sticker } from '../../core/api.gen';
import type { Core } from '../core';
import { makeSticker } from './stickerFile';

const storageKey = 'parley.stickers';
const recentLimit = 12;

/** The person's own stickers, as all devices of the account have them. There is one for each core. */
export class Stickers {
  list = $state.raw<Sticker[]>();
  /** The ones sent last from this device, the latest first. */
  recent = $state.raw((localStorage.getItem(storageKey) ?? '').split(' ').filter(Boolean));
  readonly packs = $derived([...new Set((this.list ?? []).map(({ pack }) => pack))].sort((a, b) => a.localeCompare(b)));
  #urls = new Map<string, Promise<string>>();

  constructor(private readonly core: Core) {
    const again = () => this.list && void this.load().catch(() => undefined); // what was read stays
    core.on('stickers', again);
    core.on('reset', again);
    core.on('mediaProgress', ({ id, state }) => {
      if (state === 'local' && this.list?.some((sticker) => sticker.id === id && !sticker.here)) again();
    });
  }

  async load(): Promise<void> {
    this.list = (await this.core.call('stickers', {})).stickers;
  }

  /** An address for the picture of one that is here. */
  url(id: string): Promise<string> {
    const known = this.#urls.get(id);
    if (known) return known;
    const url = this.core.openFile(id, 'openSticker').then((file) => URL.createObjectURL(file));
    this.#urls.set(id, url);
    url.catch(() => this.#urls.delete(id));
    return url;
  }

  /** Makes a sticker of a picture; false if that cannot be one. */
  async make(file: Blob, pack: string): Promise<boolean> {
    const made = await makeSticker(file).catch(() => undefined);
    if (made) await this.#add(made.blob, made.width, made.height, pack);
    return made !== undefined;
  }

  /** Keeps a sticker of a message, as it is if it may be. */
  async keep({ id }: Message, pack: string): Promise<boolean> {
    return this.make(await this.core.openFile(id), pack);
  }

  async #add(blob: Blob, width: number, height: number, pack: string): Promise<void> {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
    const fileId = await this.core.putFile(blob);
    await this.core.call('addSticker', { fileId, type: 'image/webp', width, height, pack, digest: btoa(String.fromCharCode(...digest)) });
    await this.load();
  }

  async remove(id: string): Promise<void> {
    await this.core.call('removeSticker', { id });
    this.#remember(this.recent.filter((other) => other !== id));
    await this.load();
  }

  async send(chatId: string, stickerId: string): Promise<void> {
    const { id } = await this.core.call('newMessageId', {});
    await this.core.call('sendSticker', { chatId, stickerId, id });
    this.#remember([stickerId, ...this.recent.filter((other) => other !== stickerId)].slice(0, recentLimit));
  }

  #remember(recent: string[]): void {
    this.recent = recent;
    localStorage.setItem(storageKey, recent.join(' '));
  }
}

const all = new WeakMap<Core, Stickers>();

export function stickersOf(core: Core): Stickers {
  let stickers = all.get(core);
  if (!stickers) all.set(core, (stickers = new Stickers(core)));
  return stickers;
}
