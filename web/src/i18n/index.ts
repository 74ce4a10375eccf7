/**
 * The texts of the app in the person's language. `t` fills a message in; its parameters are checked against the
 * English text at compile time. To add a language, write a Catalogue beside en.ts and name it in `catalogues`.
 */
import { en, type Plural } from './en';
import { errorsEn } from './errors.en';

export type Key = keyof typeof en;
export type ErrorCode = keyof typeof errorsEn;

/** What a language must have: every key, with plural forms where English has them. */
export interface Catalogue {
  texts: { [K in Key]: (typeof en)[K] extends string ? string : Plural };
  errors: { [C in ErrorCode]: string };
}

const catalogues: Record<string, Catalogue> = { en: { texts: en, errors: errorsEn } };

type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type NamesOf<K extends Key> = (typeof en)[K] extends string
  ? Names<(typeof en)[K]>
  : (typeof en)[K] extends Plural
    ? 'count' | Names<(typeof en)[K]['other']>
    : never;
type Values = Record<string, string | number>;
type Arguments<K extends Key> = [NamesOf<K>] extends [never]
  ? []
  : [values: { [N in NamesOf<K>]: N extends 'count' ? number : string | number }];

/** The language in use: the first of the browser's that has a catalogue, English otherwise. */
export const language = pickLanguage(globalThis.navigator?.languages ?? []);

/** The locale for dates and numbers: the person's own regional form of the language in use. */
export const locale =
  (globalThis.navigator?.languages ?? []).find((tag) => tag.split('-')[0] === language) ?? language;

const catalogue = catalogues[language] ?? { texts: en, errors: errorsEn };
const plurals = new Intl.PluralRules(locale);

export function pickLanguage(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const base = tag.split('-')[0] ?? '';
    if (base in catalogues) return base;
  }
  return 'en';
}

/** The text for a key, filled in. */
export function t<K extends Key>(key: K, ...args: Arguments<K>): string {
  const values = (args[0] ?? {}) as Values;
  const message: string | Plural = catalogue.texts[key];
  if (typeof message === 'string') return fill(message, values);
  const count = Number(values['count'] ?? 0);
  return fill(message[plurals.select(count)] ?? message.other, values);
}

/** The sentence for an error code; undefined for one the catalogue does not know. */
export function errorText(code: string): string | undefined {
  return (catalogue.errors as Record<string, string>)[code];
}

function fill(message: string, values: Values): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
