import type { Media, MediaProgress, Message } from '../../core/api.gen';
import { m } from '../../i18n/media';
import type { Core } from '../core';
import { mediaHeard } from '../mediaHeard';
import { headerBytes, imageInfo, isShowable } from './imageSize';
import type { Prepared } from './prepare';

/** How a file moves now. */
export type Progress = Pick<MediaProgress, 'moved' | 'total' | 'waiting'>;

/** How many opened files are kept for when they come into view again. */
const keptUrls = 60;

/** The files of messages: how they move, and what opens them. There is one for each core. */
export class MediaFiles {
  #progress = $state.raw<ReadonlyMap<string, MediaProgress>>(new Map());
  #urls = new Map<string, Promise<string>>();

  constructor(private readonly core: Core) {
    const heard = mediaHeard(core);
    const look = () => (this.#progress = new Map(heard));
    look();
    core.on('mediaProgress', look);
    core.on('reset', look);
    core.on('messageRemoved', ({ id }) => this.#forget(id));
  }

  progress(mediaId: string): Progress | undefined {
    return this.#progress.get(mediaId);
  }

  /** A file as it is now: the message that it is in does not change when it comes. */
  now(media: Media | undefined): Media | undefined {
    const latest = media && this.#progress.get(media.id);
    if (!media || !latest) return media;
    const { error: _, ...rest } = media;
    return { ...rest, state: latest.state, ...(latest.error ? { error: latest.error } : {}) };
  }

  /** An address for an opened file; of a picture only if it is one that may be decoded. Rejects with a problem. */
  url(message: Message): Promise<string> {
    let url = this.#urls.get(message.id);
    if (!url) {
      url = this.openAnew(message);
      this.#urls.set(message.id, url);
      url.catch(() => this.#urls.delete(message.id));
      const oldest = this.#urls.keys().next().value;
      if (this.#urls.size > keptUrls && oldest) this.#forget(oldest);
    }
    return url;
  }

  /** As url, for whoever lets go of the address. */
  async openAnew(message: Message): Promise<string> {
    const file = await this.core.openFile(message.id);
    if (message.media?.kind !== 'photo' && message.media?.kind !== 'sticker') return URL.createObjectURL(file);
    const info = imageInfo(new Uint8Array(await file.slice(0, headerBytes).arrayBuffer()));
    if (!isShowable(info)) throw { code: 'picture_not_shown', message: m('notShown') };
    return URL.createObjectURL(file.slice(0, undefined, info.type));
  }

  #forget(messageId: string): void {
    const url = this.#urls.get(messageId);
    this.#urls.delete(messageId);
    void url?.then((address) => URL.revokeObjectURL(address)).catch(() => undefined);
  }

  /** Saves a file under its name: the browser asks where, or puts it with the downloads. Never opened in this origin. */
  async save(message: Message): Promise<void> {
    const file = await this.core.openFile(message.id);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file.slice(0, undefined, 'application/octet-stream'));
    link.download = fileName(message);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  /** Sends what was prepared, in its order. */
  async send(chatId: string, { blob, ...rest }: Prepared, caption: string, viewOnce = false): Promise<void> {
    const { id } = await this.core.call('newMessageId', {});
    const fileId = await this.core.putFile(blob);
    await this.core.call('sendMedia', { chatId, id, fileId, caption, viewOnce, ...rest });
  }
}

const extensions: Record<string, string> = {
  'image/jpeg': 'jpg', 'image/png': 'png', 'image/gif': 'gif', 'image/webp': 'webp', 'video/mp4': 'mp4', 'video/webm': 'webm',
  'audio/webm': 'weba', 'audio/ogg': 'ogg', 'audio/mp4': 'm4a',
};

/** A name for what has none: by its kind and time. */
export function fileName({ media, sentAt }: Message): string {
  if (media?.name) return media.name;
  const time = new Date(sentAt).toISOString().slice(0, 19).replace(/[:T]/g, '-');
  return `${media?.kind ?? 'file'}-${time}.${extensions[media?.type ?? ''] ?? 'bin'}`;
}

const all = new WeakMap<Core, MediaFiles>();

export function mediaFilesOf(core: Core): MediaFiles {
  let files = all.get(core);
  if (!files) all.set(core, (files = new MediaFiles(core)));
  return files;
}

/** An address for a tiny picture to show until the file is there, if it is one. */
export function previewUrl(base64: string | undefined): string | undefined {
  const types: [string, string][] = [['/9j/', 'jpeg'], ['iVBOR', 'png'], ['UklGR', 'webp']];
  const type = types.find(([start]) => base64?.startsWith(start))?.[1];
  return type && `data:image/${type};base64,${base64}`;
}
