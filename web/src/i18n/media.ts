/** The texts of files, apart from the catalogue: they are loaded with the first one. */
import { language, type Language } from './language.svelte';
import { mediaEn } from './media.en';
import { mediaFr } from './media.fr';
import { mediaNl } from './media.nl';

export type MediaTexts = Record<keyof typeof mediaEn, string>;

const texts: Record<Language, MediaTexts> = { en: mediaEn, fr: mediaFr, nl: mediaNl };

/** A text in the person's language, filled in. */
export function m(key: keyof MediaTexts, values: Record<string, string | number> = {}): string {
  return texts[language.used.language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

const units = ['B', 'kB', 'MB', 'GB'] as const;

/** A size for people. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  const text = new Intl.NumberFormat(language.used.language, { maximumFractionDigits: unit > 1 ? 1 : 0 }).format(value);
  return `${text} ${units[unit]}`;
}

/** A length of time for people: 1:05. */
export function lengthText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
