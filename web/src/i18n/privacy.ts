/** The texts about privacy and blocked contacts, apart from the catalogue: they are loaded where they are shown. */
import { language, type Language } from './language.svelte';
import { privacyEn } from './privacy.en';
import { privacyFr } from './privacy.fr';
import { privacyNl } from './privacy.nl';

export type PrivacyTexts = Record<keyof typeof privacyEn, string>;

export const privacyTexts: Record<Language, PrivacyTexts> = { en: privacyEn, fr: privacyFr, nl: privacyNl };

/** The texts in the person's language. */
export const privacyText = (): PrivacyTexts => privacyTexts[language.used.language];
