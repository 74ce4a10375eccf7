import { SvelteMap } from 'svelte/reactivity';

/** Texts begun and not sent, by chat. They live as long as the page. */
export class Drafts {
  #texts = new SvelteMap<string, string>();

  get(chatId: string): string {
    return this.#texts.get(chatId) ?? '';
  }

  set(chatId: string, text: string): void {
    if (text) this.#texts.set(chatId, text);
    else this.#texts.delete(chatId);
  }

  clear(): void {
    this.#texts.clear();
  }
}
