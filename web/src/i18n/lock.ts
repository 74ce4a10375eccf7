/**
 * The texts of the app lock, apart from the catalogue: whoever has no lock never loads them. Errors are by the codes of
 * client/api and of messenger/passkey.ts; a code that is not here has its sentence in the catalogue.
 */
import { errorText } from '.';
import { durationWords } from './format';
import { language, type Language } from './language.svelte';
import { lockEn } from './lock.en';
import { lockFr } from './lock.fr';
import { lockNl } from './lock.nl';

type English = typeof lockEn;

export interface LockTexts {
  page: Record<keyof English['page'], string>;
  strength: Record<keyof English['strength'], string>;
  /** What the lock protects, and what it does not, a sentence each. */
  protected: readonly string[];
  unprotected: readonly string[];
  errors: Record<keyof English['errors'], string>;
}

export const lockTexts: Record<Language, LockTexts> = { en: lockEn, fr: lockFr, nl: lockNl };

/** The texts in the person's language. */
export const lockText = (): LockTexts => lockTexts[language.used.language];

/** The sentence about a problem with the lock, with how long to wait before the next try. */
export function lockProblemText(problem: { code: string; message: string; retryAfterMs?: number }): string {
  const { page, errors } = lockText();
  const own = (errors as Record<string, string>)[problem.code];
  const sentence = own ?? errorText(problem.code) ?? problem.message;
  return problem.retryAfterMs ? `${sentence} ${page.wait.replace('{time}', durationWords(problem.retryAfterMs))}` : sentence;
}
