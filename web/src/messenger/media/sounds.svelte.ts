import type { Message } from '../../core/api.gen';
import type { Core } from '../core';
import { mediaFilesOf } from './mediaFiles.svelte';

const speeds = [1, 1.5, 2];

/**
 * The sounds of messages: one is played at a time, and goes on when its message leaves the screen. There is one for
 * each core.
 */
export class Sounds {
  #message = $state.raw<string>();
  #playing = $state(false);
  #at = $state(0);
  #speed = $state(1);
  #audio: HTMLAudioElement | undefined;

  constructor(private readonly core: Core) {
    core.on('message', ({ id, media }) => media || this.#end(id));
    core.on('messageRemoved', ({ id }) => this.#end(id));
  }

  get speed(): number {
    return this.#speed;
  }

  playing(messageId: string): boolean {
    return this.#playing && this.#message === messageId;
  }

  /** How far a sound is, in milliseconds. */
  at(messageId: string): number {
    return this.#message === messageId ? this.#at : 0;
  }

  /** Plays a sound until `left`, or pauses it. Rejects with a problem when it cannot be opened or played. */
  async toggle(message: Message, left: AbortSignal): Promise<void> {
    if (this.playing(message.id)) return this.#audio?.pause();
    this.#choose(message.id);
    if (!this.#audio) {
      const url = await mediaFilesOf(this.core).url(message);
      if (left.aborted || this.#message !== message.id) return;
      this.#audio ??= this.#load(url);
      left.addEventListener('abort', () => this.#end(message.id), { once: true });
    }
    await this.#audio.play().catch((thrown: unknown) => {
      if (!(thrown instanceof DOMException && thrown.name === 'AbortError')) throw thrown; // paused before it began
    });
  }

  /** Goes to a place of a sound, from where it is played next; in milliseconds. */
  seek(messageId: string, to: number): void {
    this.#choose(messageId);
    this.#at = to;
    if (this.#audio) this.#audio.currentTime = to / 1000;
  }

  faster(): void {
    this.#speed = speeds[(speeds.indexOf(this.#speed) + 1) % speeds.length] ?? 1;
    if (this.#audio) this.#audio.playbackRate = this.#speed;
  }

  #end(messageId: string): void {
    if (this.#message === messageId) this.#choose(undefined);
  }

  /** The sound of a message takes the place of another one. */
  #choose(messageId: string | undefined): void {
    if (this.#message === messageId) return;
    this.#audio?.pause();
    this.#audio = undefined;
    this.#message = messageId;
    this.#playing = false;
    this.#at = 0;
  }

  #load(url: string): HTMLAudioElement {
    const audio = new Audio(url);
    const heard = (run: () => void) => () => void (audio === this.#audio && run());
    audio.defaultPlaybackRate = audio.playbackRate = this.#speed;
    audio.currentTime = this.#at / 1000;
    audio.onplay = heard(() => (this.#playing = true));
    audio.onpause = heard(() => (this.#playing = false));
    audio.ontimeupdate = heard(() => (this.#at = audio.currentTime * 1000));
    audio.onended = heard(() => (this.#at = 0));
    return audio;
  }
}

const all = new WeakMap<Core, Sounds>();

export function soundsOf(core: Core): Sounds {
  let sounds = all.get(core);
  if (!sounds) all.set(core, (sounds = new Sounds(core)));
  return sounds;
}
