import type { SearchHit } from '../core/api.gen';
import { problemOf, type Core, type Problem } from './core';

/**
 * A search over all messages on this device, at each letter. One query runs at a time; what was typed meanwhile is looked
 * for after it, the last of it, and late answers are dropped.
 */
export class Search {
  #core: Core;
  #query = $state('');
  #hits = $state.raw<SearchHit[]>([]);
  #answered = $state('');
  #problem = $state<Problem>();
  #running = false;

  constructor(core: Core) {
    this.#core = core;
  }

  get query(): string {
    return this.#query;
  }

  set query(query: string) {
    this.#query = query;
    this.#problem = undefined;
    if (!this.active) {
      this.#hits = [];
      this.#answered = '';
      return;
    }
    if (!this.#running) void this.#run();
  }

  /** There is something to look for. */
  get active(): boolean {
    return this.#query.trim() !== '';
  }

  get hits(): SearchHit[] {
    return this.#hits;
  }

  /** The query that the hits answer. */
  get answered(): string {
    return this.#answered;
  }

  /** The answer to the present query has come. */
  get done(): boolean {
    return this.#answered === this.#query.trim();
  }

  get problem(): Problem | undefined {
    return this.#problem;
  }

  async #run(): Promise<void> {
    this.#running = true;
    let query: string;
    do {
      query = this.#query.trim();
      await this.#look(query);
    } while (this.active && query !== this.#query.trim());
    this.#running = false;
  }

  async #look(query: string): Promise<void> {
    let hits: SearchHit[] = [];
    let problem: Problem | undefined;
    try {
      ({ hits } = await this.#core.call('search', { query }));
    } catch (thrown) {
      problem = problemOf(thrown);
    }
    if (query !== this.#query.trim()) return;
    this.#hits = hits;
    this.#problem = problem;
    this.#answered = query;
  }
}
