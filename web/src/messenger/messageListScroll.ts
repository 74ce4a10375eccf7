import type { VirtualizerHandle } from 'virtua/svelte';
import type { Row } from './rows';

const nearEnd = 48;
const settleTime = 400;

/**
 * Whether the list sticks to its end: it does until the person scrolls up, and again when they are back at the end.
 * What the list scrolls by itself, while rows are measured, does not count as the person's doing.
 */
export class EndSticking {
  stuck = true;
  #last = 0;
  #settledAt = 0;
  #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The list was told to scroll. */
  settle(): void {
    this.#settledAt = this.#clock() + settleTime;
  }

  /** The list is somewhere else on purpose. */
  release(): void {
    this.stuck = false;
    this.settle();
  }

  scrolled(offset: number, distanceToEnd: number): void {
    if (distanceToEnd < nearEnd) this.stuck = true;
    else if (offset < this.#last - 2 && this.#clock() > this.#settledAt) this.stuck = false;
    this.#last = offset;
  }
}

/** Pixels between what is shown and the end of the list. */
export function distanceToEnd(list: VirtualizerHandle): number {
  return list.getScrollSize() - list.getScrollOffset() - list.getViewportSize();
}

/** The rows got longer at the start and kept their end: the place must be kept from the end. */
export function grewAtStart(before: readonly Row[], after: readonly Row[]): boolean {
  return (
    before.length > 0 &&
    after.length > before.length &&
    before.at(-1)?.key === after.at(-1)?.key &&
    before[0]?.key !== after[0]?.key
  );
}
