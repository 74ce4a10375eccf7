// Waiting for conditions.

/** When a test gives up waiting; a healthy run on a busy machine needs a small part of it. */
export const PATIENCE_MS = 120_000;

/** Rejects with what `complaint` tells when the promise takes too long. */
export function within(promise, complaint, ms = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint())), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Things that change and can be waited for. */
export class Changes {
  #waiting = new Set();

  /** Tells everybody who waits to look again. */
  tell() {
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves with what `look` gives as soon as that is true-ish; looks again at each change. */
  until(look, complaint, ms) {
    let check;
    const met = new Promise((resolve, reject) => {
      check = () => {
        try {
          const found = look();
          if (found) resolve(found);
        } catch (error) {
          reject(error);
        }
      };
    });
    this.#waiting.add(check);
    check();
    return within(met, complaint, ms).finally(() => this.#waiting.delete(check));
  }
}
