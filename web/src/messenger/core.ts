/** What the app needs of the client core; see client/api for what each method and event means. */
import type { Error as ApiError, Events, Methods } from '../core/api.gen';

export interface Core {
  /** Runs a method. Rejects with something that has the fields of an api Error. */
  call<M extends keyof Methods>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']>;
  /** Has the handler called for each event until the returned function is. */
  on<E extends keyof Events>(event: E, handler: (data: Events[E]) => void): () => void;
}

/** Why something failed, as a person may read it. */
export type Problem = ApiError;

/** The problem in anything thrown by a call; what has no code is an unknown one. */
export function problemOf(thrown: unknown): Problem {
  const candidate = (thrown ?? {}) as Partial<Problem>;
  if (typeof candidate.code === 'string') {
    return { ...pick(candidate), code: candidate.code, message: candidate.message ?? '' };
  }
  console.error(thrown);
  return { code: 'unknown', message: '' };
}

function pick({ retryAfterMs, triesLeft }: Partial<Problem>): Partial<Problem> {
  return {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(triesLeft === undefined ? {} : { triesLeft }),
  };
}
