import { en, type Plural } from './en';
import { errorsEn } from './errors.en';

export type { Plural };
export type Key = keyof typeof en;
export type ErrorCode = keyof typeof errorsEn;

/**
 * What a language must have: every key, with plural forms where English has them, and every error that the app words
 * itself. A failure of another code comes with a sentence in English, so other languages have more codes.
 */
export interface Catalogue {
  texts: { [K in Key]: (typeof en)[K] extends string ? string : Plural };
  errors: Record<ErrorCode, string> & Record<string, string>;
}

export const english: Catalogue = { texts: en, errors: errorsEn };
