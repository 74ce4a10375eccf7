import type { SearchHit } from '../core/api.gen';
import { problemOf, type Core, type Problem } from './core';

const pause = 150;

/** A search over all messages on this device. Each change of the query starts anew; late answers are dropped. */
export class Search {
  #core: Core;
  #query = $state('');
  #hits = $state.raw<SearchHit[]>([]);
  #answered = $state('');
  #problem = $state<Problem>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  get query(): string {
    return this.#query;
  }

  set query(query: string) {
    this.#query = query;
    clearTimeout(this.#timer);
    this.#problem = undefined;
    if (!this.active) {
      this.#hits = [];
      this.#answered = '';
      return;
    }
    this.#timer = setTimeout(() => void this.#run(query.trim()), pause);
  }

  /** There is something to look for. */
  get active(): boolean {
    return this.#query.trim() !== '';
  }

  get hits(): SearchHit[] {
    return this.#hits;
  }

  /** The answer to the present query has come. */
  get done(): boolean {
    return this.#answered === this.#query.trim();
  }

  get problem(): Problem | undefined {
    return this.#problem;
  }

  async #run(query: string): Promise<void> {
    try {
      const { hits } = await this.#core.call('search', { query });
      if (query !== this.#query.trim()) return;
      this.#hits = hits;
    } catch (thrown) {
      if (query !== this.#query.trim()) return;
      this.#problem = problemOf(thrown);
      this.#hits = [];
    }
    this.#answered = query;
  }
}
