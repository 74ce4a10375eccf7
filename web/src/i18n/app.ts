/** The texts of settings about the app itself, apart from the catalogue: they are loaded where they are shown. */
import { appEn } from './app.en';
import { appFr } from './app.fr';
import { appNl } from './app.nl';
import { language, type Language } from './language.svelte';

export type AppTexts = Record<keyof typeof appEn, string>;

export const appTexts: Record<Language, AppTexts> = { en: appEn, fr: appFr, nl: appNl };

/** A text in the person's language, filled in. */
export function a(key: keyof AppTexts, values: Record<string, string | number> = {}): string {
  return appTexts[language.used.language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
