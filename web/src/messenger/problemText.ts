import { errorText, t } from '../i18n';
import { durationWords } from '../i18n/format';
import type { Problem } from './core';

/** The sentence a person reads about a problem, with the tries that are left and when to try again. */
export function problemText(problem: Problem): string {
  const sentence = errorText(problem.code) ?? (problem.message || t('error.unknown'));
  if (problem.code === 'code_wrong' && problem.triesLeft) {
    return t('error.tries', { problem: sentence, count: problem.triesLeft });
  }
  const tries = problem.code === 'pin_wrong' && problem.triesLeft ? t('error.tries', { problem: sentence, count: problem.triesLeft }) : sentence;
  if (['rate_limited', 'pin_wrong', 'reset_cancelled'].includes(problem.code) && problem.retryAfterMs) {
    return t('error.wait', { problem: tries, time: durationWords(problem.retryAfterMs) });
  }
  return tries;
}
