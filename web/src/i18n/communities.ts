/** The texts about communities, loaded with what shows them. */
import { communitiesEn } from './communities.en';
import { communitiesFr } from './communities.fr';
import { communitiesNl } from './communities.nl';
import { language, type Language } from './language.svelte';

type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };
export type CommunitiesTexts = Texts<typeof communitiesEn>;

export const communitiesTexts: Record<Language, CommunitiesTexts> = { en: communitiesEn, fr: communitiesFr, nl: communitiesNl };

/** The texts in the person's language. */
export const communitiesText = (): CommunitiesTexts => communitiesTexts[language.used.language];
