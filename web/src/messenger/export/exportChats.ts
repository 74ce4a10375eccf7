import type { Chat, Message } from '../../core/api.gen';
import { exportText, filledText } from '../../i18n/export';
import { language, t } from '../../i18n';
import { sizeText } from '../../i18n/media';
import { rightToLeft } from '../../ui/direction';
import { chatTitle } from '../chatTitle';
import type { Core } from '../core';
import { isLine, lineText, quoteText, waitingText } from '../rows';
import { fileName, HtmlPage, indexPage, stamp, TextPage, type FileKind, type Head, type Line, type Page } from './pages';
import { ZipWriter, type Sink } from './zip';

export interface Options {
  chats: Chat[];
  format: 'html' | 'text';
  /** Photos and files that are on this device go with it. */
  files: boolean;
}

export interface Counts {
  messages: number;
  files: number;
  /** Files that are not on this device. */
  missing: number;
  /** Messages that disappear or may be opened once: that they do was promised to who wrote them. */
  leftOut: number;
}

const kinds: Record<string, FileKind> = { photo: 'picture', sticker: 'picture', video: 'video', voice: 'sound', audio: 'sound' };
/** What a page may show; browsers go by the ending of what lies on a disk. */
const endings: Record<string, string> = {
  'image/jpeg': '.jpg', 'image/png': '.png', 'image/gif': '.gif', 'image/webp': '.webp', 'video/mp4': '.mp4', 'video/webm': '.webm',
  'video/quicktime': '.mov', 'audio/webm': '.weba', 'audio/ogg': '.ogg', 'audio/mp4': '.m4a', 'audio/mpeg': '.mp3', 'audio/wav': '.wav',
  'audio/flac': '.flac', 'audio/aac': '.aac',
};
/** Messages that are asked for at once. */
const pageSize = 200;

/** The name that an export is offered under. */
export function exportName({ chats, format, files }: Options, now: number): string {
  const [one] = chats;
  const stem = chats.length === 1 && one ? fileName(chatTitle(one)) || 'chat' : 'Parley';
  return `${stem} ${stamp(now).day}.${files || chats.length > 1 ? 'zip' : format === 'html' ? 'html' : 'txt'}`;
}

/** Writes chats to a sink, a page of messages and a piece of a file at a time. */
export class Exporter {
  readonly counts: Counts = { messages: 0, files: 0, missing: 0, leftOut: 0 };

  constructor(
    private readonly core: Core,
    private readonly options: Options,
    private readonly now: number,
    private readonly signal: AbortSignal,
    private readonly progress: (counts: Counts) => void,
  ) {}

  async run(sink: Sink): Promise<void> {
    const { chats, format, files } = this.options;
    const [one] = chats;
    if (chats.length === 1 && one && !files) {
      let at = 0;
      await this.#chat(one, async (text) => {
        await sink.write(at, text);
        at += text.length;
      });
      return;
    }
    const zip = new ZipWriter(sink, new Date(this.now));
    const entries = [];
    for (const [n, chat] of chats.entries()) {
      const base = `${String(n + 1).padStart(3, '0')} ${fileName(chatTitle(chat))}`.trim();
      const path = `${base}.${format === 'html' ? 'html' : 'txt'}`;
      const before = this.counts.messages;
      await zip.begin(path);
      const found = await this.#chat(chat, (text) => zip.write(text), base);
      for (const file of found) await this.#file(zip, file);
      entries.push({ title: chatTitle(chat), path, about: filledText(exportText().messages, { count: this.counts.messages - before }) });
    }
    if (format === 'html' && chats.length > 1) {
      await zip.begin('index.html');
      await zip.write(new TextEncoder().encode(indexPage(this.#head('Parley'), entries)));
    }
    await zip.close();
  }

  #head(title: string): Head {
    const { day, time } = stamp(this.now);
    const dir = rightToLeft() ? 'rtl' : 'ltr';
    return { title, about: filledText(exportText().about, { time: `${day} ${time}` }), lang: language.used.language, dir };
  }

  /** Writes a chat, and returns the files that belong beside it. */
  async #chat(chat: Chat, write: (text: Uint8Array<ArrayBuffer>) => Promise<void>, base?: string): Promise<{ id: string; path: string }[]> {
    const head = this.#head(chatTitle(chat));
    const page: Page = this.options.format === 'html' ? new HtmlPage(head) : new TextPage(head);
    const encoder = new TextEncoder();
    const files: { id: string; path: string }[] = [];
    await write(encoder.encode(page.begin()));
    for (let after = -1, more = true; more; ) {
      this.signal.throwIfAborted();
      const found = await this.core.call('messages', { chatId: chat.id, after, limit: pageSize });
      let text = '';
      for (const message of found.messages) {
        after = message.order;
        if (message.expiresAt || message.viewOnce || message.once) {
          this.counts.leftOut++;
          continue;
        }
        const line = lineOf(chat, message);
        if (message.media) line.file = this.#fileOf(message, base, files);
        text += page.line(line);
        this.counts.messages++;
      }
      await write(encoder.encode(text));
      this.progress({ ...this.counts });
      more = found.more && found.messages.length > 0;
    }
    await write(encoder.encode(page.end()));
    return files;
  }

  #fileOf({ id, media }: Message, base: string | undefined, files: { id: string; path: string }[]): Line['file'] {
    if (!media) return undefined;
    const kind = kinds[media.kind] ?? 'document';
    const name = media.name || t(`media.${media.kind}`);
    const note = sizeText(media.size);
    if (!base || !this.options.files) return { name, kind: 'document', note };
    if (!['local', 'uploading', 'paused'].includes(media.state)) {
      this.counts.missing++;
      return { name, kind: 'document', note: `${note}, ${exportText().notHere}` };
    }
    const ending = endings[media.type];
    const stem = fileName(media.name ?? '') || media.kind;
    const stored = kind !== 'document' && ending ? stem.replace(/\.[^.]*$/, '') + ending : stem;
    const path = `files/${base}/${String(files.length + 1).padStart(4, '0')} ${stored}`;
    files.push({ id, path });
    return { name, path, kind: ending ? kind : 'document', note };
  }

  async #file(zip: ZipWriter, { id, path }: { id: string; path: string }): Promise<void> {
    this.signal.throwIfAborted();
    let blob: Blob;
    try {
      blob = await this.core.openFile(id);
    } catch {
      this.counts.missing++; // deleted meanwhile, or damaged
      return;
    }
    await zip.file(path, blob);
    this.counts.files++;
    this.progress({ ...this.counts });
  }
}

function lineOf(chat: Chat, message: Message): Line {
  const name = chatTitle(chat);
  const told = isLine(message) || message.kind === 'waiting';
  const line: Line = { at: message.sentAt, mine: message.mine, text: textOf(message, name), marks: marksOf(message) };
  if (!told) line.sender = message.mine ? exportText().you : chat.kind === 'group' ? (message.senderName ?? '?') : name;
  if (message.quote) line.quote = message.quote.text || quoteText(message.quote);
  return line;
}

function textOf(message: Message, name: string): string {
  if (isLine(message)) return lineText(message, name);
  if (message.kind === 'waiting') return waitingText(message, name);
  if (message.kind === 'deleted' || message.kind === 'unsupported') return t(`message.${message.kind}`);
  const { location, contact, text } = message;
  if (location) return [location.name, `${location.latitude}, ${location.longitude}`].filter(Boolean).join('\n');
  if (contact) return `${contact.name} ${contact.phone}`.trim();
  return text;
}

function marksOf({ forwarded, edited, reactions, poll, status }: Message): string[] {
  const texts = exportText();
  const marks = poll?.options.map((option, i) => `${i + 1}. ${option.text}: ${option.votes}`) ?? [];
  if (forwarded) marks.push(texts.forwarded);
  if (edited) marks.push(texts.edited);
  for (const { emoji, count } of reactions ?? []) marks.push(`${emoji} ${count}`);
  if (status === 'pending' || status === 'failed') marks.push(texts.notSent);
  return marks;
}
