/** The texts about groups, apart from the catalogue. */
import { groupsEn } from './groups.en';
import { groupsFr } from './groups.fr';
import { groupsNl } from './groups.nl';
import { language, type Language } from './language.svelte';

type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };
export type GroupsTexts = Texts<typeof groupsEn>;

export const groupsTexts: Record<Language, GroupsTexts> = { en: groupsEn, fr: groupsFr, nl: groupsNl };

/** The texts in the person's language. */
export const groupsText = (): GroupsTexts => groupsTexts[language.used.language];

/** Puts values in the places of a text. */
export const filled = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
