import { createSubscriber } from 'svelte/reactivity';

/** The present time for what is shown: read `now` in a component and it is drawn again at every step. */
export class Ticker {
  #subscribe: () => void;

  constructor(step: number) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, step);
      return () => clearInterval(timer);
    });
  }

  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

/** For countdowns. */
export const seconds = new Ticker(1000);
/** For “today”, “last seen” and the like. */
export const minutes = new Ticker(30_000);
