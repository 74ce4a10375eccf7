/** The files of the fake core: in memory, each moving in steps as slow as a test wants. */
import type { ChatStorage, Events, Media, Message, Params, Sticker, StorageUse } from './fakeTypes';
import type { FakeChats } from './fakeChats';

type Emit = <E extends keyof Events>(event: E, data: Events[E]) => void;

export class FakeFiles {
  /** Uploads and downloads stand still, as on a network that is away. */
  stuck = false;
  /** What the next transfer ends with. */
  fail: { code: string; message: string } | undefined;
  /** The messages whose files the relay does not keep any more. */
  readonly erased = new Set<string>();
  stickers: Sticker[] = [];
  readonly #files = new Map<string, Blob>();
  readonly #opened = new Map<string, Media>();
  #count = 0;

  constructor(
    private readonly chats: FakeChats,
    private readonly emit: Emit,
  ) {}

  put(file: Blob): string {
    const id = `file-${++this.#count}`;
    this.#files.set(id, file);
    return id;
  }

  open(messageId: string): Blob {
    const media = this.#opened.get(messageId) ?? this.chats.find(messageId)?.media;
    const file = media && this.#files.get(media.id);
    if (!file || ['remote', 'downloading', 'gone'].includes(media.state)) throw { code: 'file_not_here', message: 'This file is not on this device yet.' };
    return file.slice(0, undefined, media.type);
  }

  openSticker(id: string): Blob {
    return this.#files.get(id) ?? new Blob();
  }

  addSticker({ fileId, pack, type, width, height, digest = '' }: Params<'addSticker'>): Sticker {
    const known = this.stickers.find((one) => one.digest === digest);
    if (known) return known;
    const sticker = { id: fileId, pack, type, width, height, digest, size: this.openSticker(fileId).size, here: true };
    this.stickers = [sticker, ...this.stickers];
    this.emit('stickers', {});
    return sticker;
  }

  removeSticker(id: string): Record<string, never> {
    this.stickers = this.stickers.filter((one) => one.id !== id);
    this.emit('stickers', {});
    return {};
  }

  sendSticker({ chatId, stickerId, id }: Params<'sendSticker'>): Message {
    const { width = 0, height = 0 } = this.stickers.find((one) => one.id === stickerId) ?? {};
    return this.send({ chatId, fileId: stickerId, ...(id ? { id } : {}), kind: 'sticker', type: 'image/webp', width, height });
  }

  /** A message with a file from the other side. */
  receive(chatId: string, file: Blob, media: Partial<Media>, text = ''): Message {
    const id = this.put(file);
    return this.chats.put(chatId, {
      text, kind: 'media', media: { id, kind: 'document', type: file.type, size: file.size, state: 'remote', ...media },
    });
  }

  send({ chatId, fileId, id, caption = '', viewOnce = false, ...rest }: Params<'sendMedia'>): Message {
    const file = this.#files.get(fileId);
    if (!file) throw { code: 'file_lost', message: 'This file is not on this device any more.' };
    const media: Media = { ...rest, id: fileId, size: file.size, state: 'uploading' };
    const message = this.chats.put(chatId, { ...(id ? { id } : {}), text: caption, kind: 'media', media, viewOnce, mine: true, status: 'pending' });
    this.#move(message.id, 'uploading');
    return message;
  }

  set(messageId: string, state: Media['state']): Message {
    const message = this.chats.find(messageId);
    if (!message?.media) throw { code: 'file_unknown', message: 'This message has no file.' };
    const { error: _, ...media } = message.media;
    const changed = this.chats.setMessage(messageId, { media: { ...media, state } });
    if (state === 'uploading' || state === 'downloading') this.#move(messageId, state);
    else this.emit('mediaProgress', { id: media.id, state, moved: 0, total: media.size });
    return changed;
  }

  /** What may be opened once is gone; the person has it still. */
  openOnce(messageId: string): Message {
    const { media } = this.chats.message(messageId);
    if (!media) throw { code: 'file_unknown', message: 'This message has no file.' };
    this.#opened.set(messageId, media);
    return this.chats.setMessage(messageId, { kind: 'once', once: { kind: media.kind, opened: true, by: 1 } }, 'media');
  }

  /** The messages whose files are on this device, the largest first. */
  local(chatId?: string): Message[] {
    const has = ({ media, chatId: of }: Message) => media?.state === 'local' && (!chatId || of === chatId);
    return this.chats.all().filter(has).sort((a, b) => (b.media?.size ?? 0) - (a.media?.size ?? 0));
  }

  use(): StorageUse {
    const byChat = new Map<string, ChatStorage>();
    for (const { chatId, media } of this.local()) {
      const chat = byChat.get(chatId) ?? { chatId, files: 0, bytes: 0 };
      byChat.set(chatId, { chatId, files: chat.files + 1, bytes: chat.bytes + (media?.size ?? 0) });
    }
    const chats = [...byChat.values()].sort((a, b) => b.bytes - a.bytes);
    return { bytes: chats.reduce((sum, { bytes }) => sum + bytes, 0), chats };
  }

  cancel(messageId: string): Record<string, never> {
    this.chats.remove(messageId);
    return {};
  }

  /** Half of it at once, and the rest unless it is stuck. */
  #move(messageId: string, state: 'uploading' | 'downloading'): void {
    const media = this.chats.find(messageId)?.media;
    if (!media) return;
    this.emit('mediaProgress', { id: media.id, state, moved: Math.round(media.size * 0.4), total: media.size });
    if (!this.stuck) setTimeout(() => this.#end(messageId, state), 0);
  }

  #end(messageId: string, was: 'uploading' | 'downloading'): void {
    const message = this.chats.find(messageId);
    if (message?.media?.state !== was) return;
    const error = this.fail;
    this.fail = undefined;
    const state = error ? (was === 'uploading' ? 'failed' : 'gone') : 'local';
    const media: Media = { ...message.media, state, ...(error ? { error } : {}) };
    // The message of a file that has come is not told again.
    if (was === 'downloading') this.chats.keepMessage(messageId, { media });
    else this.chats.setMessage(messageId, { status: error ? 'failed' : 'sent', media, ...(error ? { error } : {}) });
    this.emit('mediaProgress', { id: message.media.id, state, moved: message.media.size, total: message.media.size, ...(error ? { error } : {}) });
  }
}
