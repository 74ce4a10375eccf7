import { SvelteMap } from 'svelte/reactivity';
import type { Quote } from '../core/api.gen';
import type { ChatList } from './chatList.svelte';

/** Milliseconds without a key after which a draft is saved; while somebody goes on writing, at most this long. */
const pause = 600;
const longest = 3000;
/** Milliseconds for which what was written here counts, after it was saved, over what the core says. */
const settling = 2000;

/** A text that is being written on this page, and what it answers. */
class Edit {
  text = $state('');
  reply = $state.raw<Quote>();
  saved = true;
  sending = false;
  /** When the first change came that is not saved. */
  since = 0;
  timer: ReturnType<typeof setTimeout> | undefined;
  saving: Promise<void> = Promise.resolve();
}

/**
 * Texts begun and not sent, by chat, with the message that each answers: the same on all devices of the account. What is written here is saved a little
 * later, and until then it counts; otherwise a draft is what the core says.
 */
export class Drafts {
  #chats: Pick<ChatList, 'get' | 'change'>;
  #edits = new SvelteMap<string, Edit>();

  constructor(chats: Pick<ChatList, 'get' | 'change'>) {
    this.#chats = chats;
  }

  get(chatId: string): string {
    return this.#edits.get(chatId)?.text ?? this.#chats.get(chatId)?.draft ?? '';
  }

  /** The message that the draft of a chat answers. */
  reply(chatId: string): Quote | undefined {
    const edit = this.#edits.get(chatId);
    return edit ? edit.reply : this.#chats.get(chatId)?.draftReply;
  }

  /** Something would be lost if the page ended now. */
  get unsaved(): boolean {
    return [...this.#edits.values()].some((edit) => !edit.saved || edit.sending);
  }

  set(chatId: string, text: string): void {
    this.#change(chatId, (edit) => (edit.text = text));
  }

  /** The draft of a chat answers a message, or none any more. */
  answer(chatId: string, reply: Quote | undefined): void {
    this.#change(chatId, (edit) => (edit.reply = reply));
  }

  #change(chatId: string, change: (edit: Edit) => void): void {
    const edit = this.#edit(chatId);
    change(edit);
    edit.saved = false;
    if (!edit.sending) this.#saveLater(chatId, edit);
  }

  /** Saves the draft of a chat now, as when it is left. */
  async save(chatId: string): Promise<void> {
    const edit = this.#edits.get(chatId);
    if (!edit) return;
    clearTimeout(edit.timer);
    if (!edit.saved && !edit.sending) edit.saving = edit.saving.then(() => this.#save(chatId, edit));
    await edit.saving;
  }

  async saveAll(): Promise<void> {
    await Promise.all([...this.#edits.keys()].map((chatId) => this.save(chatId)));
  }

  /**
   * Sends what is written in a chat by `put`, which resolves when the text is stored. Until then it stays the draft;
   * what was typed meanwhile stays. Rejects as `put` does, and then the whole text stays.
   */
  async send(chatId: string, put: (text: string, replyTo: string | undefined) => Promise<void>): Promise<void> {
    const written = this.get(chatId);
    const answered = this.reply(chatId)?.id;
    const edit = this.#edit(chatId);
    clearTimeout(edit.timer);
    edit.sending = true;
    try {
      await edit.saving;
      await put(written.trim(), answered);
      edit.text = edit.text.startsWith(written) ? edit.text.slice(written.length) : edit.text;
      if (edit.reply?.id === answered) edit.reply = undefined;
      // The core has taken its draft away with the message.
      edit.saved = edit.text === '' && !edit.reply;
    } finally {
      edit.sending = false;
      if (edit.saved) this.#forgetLater(chatId, edit);
      else this.#saveLater(chatId, edit);
    }
  }

  /** Saves when the page is hidden, and has the browser ask before it leaves unsaved text behind. */
  watch(page: Document, window: Window): () => void {
    const hidden = () => void (page.visibilityState === 'hidden' && this.saveAll());
    const leaving = (event: BeforeUnloadEvent) => {
      if (!this.unsaved) return;
      void this.saveAll();
      event.preventDefault();
    };
    page.addEventListener('visibilitychange', hidden);
    window.addEventListener('beforeunload', leaving);
    return () => {
      page.removeEventListener('visibilitychange', hidden);
      window.removeEventListener('beforeunload', leaving);
    };
  }

  /** Forgets everything that is on the page. */
  clear(): void {
    for (const edit of this.#edits.values()) clearTimeout(edit.timer);
    this.#edits.clear();
  }

  #edit(chatId: string): Edit {
    let edit = this.#edits.get(chatId);
    if (!edit) {
      edit = new Edit();
      edit.text = this.get(chatId);
      edit.reply = this.reply(chatId);
      this.#edits.set(chatId, edit);
    }
    return edit;
  }

  #saveLater(chatId: string, edit: Edit): void {
    clearTimeout(edit.timer);
    const now = Date.now();
    edit.since ||= now;
    edit.timer = setTimeout(() => void this.save(chatId), Math.min(pause, Math.max(0, edit.since + longest - now)));
  }

  async #save(chatId: string, edit: Edit): Promise<void> {
    const { text, reply } = edit;
    edit.since = 0;
    try {
      await this.#chats.change({ chatId, draft: text, draftReplyTo: reply?.id ?? '' });
      edit.saved = edit.text === text && edit.reply === reply;
    } catch {
      return; // It stays unsaved: the next change or leaving the chat tries again.
    }
    if (edit.saved) this.#forgetLater(chatId, edit);
  }

  #forgetLater(chatId: string, edit: Edit): void {
    edit.since = 0;
    edit.timer = setTimeout(() => {
      if (edit.saved && this.#edits.get(chatId) === edit) this.#edits.delete(chatId);
    }, settling);
  }
}
