/** The texts of the settings of notifications, loaded with them. */
import { alertsEn } from './alerts.en';
import { alertsFr } from './alerts.fr';
import { alertsNl } from './alerts.nl';
import { language, type Language } from './language.svelte';

export type AlertTexts = Record<keyof typeof alertsEn, string>;

export const alertTexts: Record<Language, AlertTexts> = { en: alertsEn, fr: alertsFr, nl: alertsNl };

/** The texts in the person's language. */
export const alertText = (): AlertTexts => alertTexts[language.used.language];
