import { createSubscriber } from 'svelte/reactivity';

/** The present time for what is shown: read `now` in a component and it is drawn again at every step. */
export class Ticker {
  #subscribe: () => void;
  #ahead = $state(0);

  constructor(step: number) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, step);
      return () => clearInterval(timer);
    });
  }

  get now(): number {
    this.#subscribe();
    return Date.now() - this.#ahead;
  }

  /** Tells how far this device's clock is known to be ahead, in milliseconds; what is shown is corrected by it. */
  correct(ahead: number): void {
    this.#ahead = ahead;
  }
}

/** For countdowns to times of this device's own clock. */
export const seconds = new Ticker(1000);
/** For “today”, “last seen” and the like: compared with times of the relay. */
export const minutes = new Ticker(30_000);
