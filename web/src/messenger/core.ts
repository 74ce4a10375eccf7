/** What the messenger needs of the client core; see client/api for what each method and event means. */
import type { Error as ApiError, Events, Methods } from '../core/api.gen';
import type { Core as WholeCore } from '../core/core';

/** Calls and events of the core, with the types of the api. */
export type Core = Pick<WholeCore<Methods, Events>, 'call' | 'on' | 'putFile' | 'openFile'>;

/** Why something failed, as a person may read it. */
export type Problem = ApiError;

/** The problem in anything thrown by a call; what has no code is an unknown one. */
export function problemOf(thrown: unknown): Problem {
  const { code, message, retryAfterMs, triesLeft } = (thrown ?? {}) as Partial<Problem>;
  if (typeof code !== 'string') {
    console.error(thrown);
    return { code: 'unknown', message: '' };
  }
  const problem: Problem = { code, message: message ?? '' };
  if (retryAfterMs) problem.retryAfterMs = retryAfterMs;
  if (triesLeft) problem.triesLeft = triesLeft;
  return problem;
}
