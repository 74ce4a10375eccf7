import { errorText, t } from '../i18n';
import { durationWords } from '../i18n/format';
import type { Problem } from './core';

/** The sentence a person reads about a problem, with the tries that are left and when to try again. */
export function problemText(problem: Problem): string {
  const sentence = errorText(problem.code) ?? (problem.message || t('error.unknown'));
  if (problem.code === 'code_wrong' && problem.triesLeft) {
    return t('error.tries', { problem: sentence, count: problem.triesLeft });
  }
  if (problem.code === 'rate_limited' && problem.retryAfterMs) {
    return t('error.wait', { problem: sentence, time: durationWords(problem.retryAfterMs) });
  }
  return sentence;
}
