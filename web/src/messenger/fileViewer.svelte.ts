import { createContext } from 'svelte';
import type { Message } from '../core/api.gen';

/** A file that somebody pressed: among the photos and videos of its chat, as a sticker, or to be seen this once. */
export type ViewedFile =
  | { as: 'gallery'; message: Message }
  | { as: 'sticker' | 'once'; message: Message; url: string };

/**
 * What shows the files of a conversation large. It belongs to the conversation and not to a message, whose row is
 * unmade when it leaves the screen.
 */
export class FileViewer {
  #left = new AbortController();
  file = $state.raw<ViewedFile>();

  /** Aborted when the conversation is left: nothing can be shown any more, and what sounds is to end. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  open(file: ViewedFile): void {
    this.file = file;
  }

  close(): void {
    this.file = undefined;
  }

  leave(): void {
    this.#left.abort();
  }
}

export const [getFileViewer, setFileViewer] = createContext<FileViewer>();
