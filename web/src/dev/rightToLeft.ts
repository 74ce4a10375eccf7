/**
 * A language from right to left, to see the app in one before it is translated into one: the English texts in Arabic
 * letters, which mean nothing. Only the pages of src/dev and their tests have it.
 */
import { rightToLeftLanguages } from '../i18n/language.svelte';

const latin = 'abcdefghijklmnopqrstuvwxyz?,;';
const arabic = 'ابثدعفجهيشكلمنوپقرستؤڤحخىز؟،؛';
const letters = new Map([...latin].map((letter, index) => [letter, [...arabic][index] ?? letter]));

/** A text in Arabic letters; the names in braces stay. */
export function inArabicLetters(text: string): string {
  return text.replace(/\{\w+\}|[\s\S]/g, (part) => letters.get(part.toLowerCase()) ?? part);
}

function change(texts: Record<string, unknown>): void {
  for (const [key, text] of Object.entries(texts)) {
    if (typeof text === 'string') texts[key] = inArabicLetters(text);
    else if (text && typeof text === 'object') change(text as Record<string, unknown>);
  }
}

/** Turns the English texts of all catalogues around, for the life of the page. To be called before the language is chosen. */
export function turnAround(): void {
  const catalogues = import.meta.glob<Record<string, unknown>>(['../i18n/en.ts', '../i18n/*.en.ts'], { eager: true });
  for (const catalogue of Object.values(catalogues)) change({ ...catalogue });
  rightToLeftLanguages.add('en');
}
