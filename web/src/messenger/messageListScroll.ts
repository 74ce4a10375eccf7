import type { Row } from './rows';

const nearEnd = 48;
const settleTime = 400;

/**
 * Whether the list sticks to its end: it does until the person scrolls up, and again when they are back at the end.
 * What the list scrolls by itself, while rows are measured, does not count as the person's doing.
 */
export class EndSticking {
  #stuck = true;
  #last = 0;
  #left = Infinity;
  #settledAt = 0;
  #pulledUntil = 0;
  #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get stuck(): boolean {
    return this.#stuck || (this.#left < nearEnd && this.#clock() >= this.#pulledUntil);
  }

  /** The list shows its end from now on. */
  stick(): void {
    this.#stuck = true;
  }

  /** The list was told to scroll. */
  settle(): void {
    this.#settledAt = this.#clock() + settleTime;
  }

  /** The list is somewhere else on purpose. */
  release(): void {
    this.#stuck = false;
    this.#left = Infinity;
    this.settle();
  }

  /** The person scrolls up with wheel, keys or finger, from this offset: nothing takes them back to the end. */
  pulled(offset: number): void {
    if (offset <= 0) return;
    this.#stuck = false;
    this.#pulledUntil = this.#clock() + settleTime;
  }

  scrolled(offset: number, distanceToEnd: number): void {
    const now = this.#clock();
    if (distanceToEnd < nearEnd && now >= this.#pulledUntil) this.#stuck = true;
    else if (offset < this.#last - 2 && now > this.#settledAt) this.#stuck = false;
    this.#last = offset;
    this.#left = distanceToEnd;
  }
}

/** The first and the last index of some rows; of none the last is smaller. */
export type RowRange = readonly [first: number, last: number];

/** So many rows stay on either side when they are no longer needed: to make them again costs as much as new ones. */
const kept = 8;

/** Which rows are to be there when some `made` are and some are `needed`. */
export function keepRows(made: RowRange, needed: RowRange): RowRange {
  const [first, last] = needed;
  if (last < first || made[1] < first - 1 || made[0] > last + 1) return needed;
  return [Math.max(first - kept, Math.min(first, made[0])), Math.min(last + kept, Math.max(last, made[1]))];
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

/** What a person does to scroll up: the wheel, a key, or a finger that goes down. */
export function watchPulls(viewport: HTMLElement, pulled: () => void): () => void {
  const events = new AbortController();
  const on = { passive: true, signal: events.signal };
  let finger = 0;
  viewport.addEventListener('wheel', (event) => event.deltaY < 0 && pulled(), on);
  viewport.addEventListener('keydown', (event) => upward(event) && pulled(), on);
  viewport.addEventListener('touchstart', (event) => (finger = event.touches[0]?.clientY ?? 0), on);
  viewport.addEventListener(
    'touchmove',
    (event) => {
      const y = event.touches[0]?.clientY ?? 0;
      if (y > finger) pulled();
      finger = y;
    },
    on,
  );
  return () => events.abort();
}

function upward(event: KeyboardEvent): boolean {
  return ['ArrowUp', 'PageUp', 'Home'].includes(event.key) || (event.key === ' ' && event.shiftKey);
}
