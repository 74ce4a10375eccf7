import { problemOf, type Problem } from './core';

/** One thing a person can start: whether it runs, and why it failed last. Starting it while it runs does nothing. */
export class Action {
  #busy = $state(false);
  #problem = $state<Problem>();

  get busy(): boolean {
    return this.#busy;
  }

  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** Runs the work; true when it succeeded, false when it failed or another run is under way. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.#busy) return false;
    this.#busy = true;
    this.#problem = undefined;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.#problem = problemOf(thrown);
      return false;
    } finally {
      this.#busy = false;
    }
  }

  /** Shows a problem found before anything was asked of the core. */
  fail(problem: Problem): void {
    this.#problem = problem;
  }

  clear(): void {
    this.#problem = undefined;
  }
}
