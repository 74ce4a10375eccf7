/** The texts of reports to the operator, apart from the catalogue: they are loaded when somebody reports. */
import { language, type Language } from './language.svelte';
import { reportEn } from './report.en';
import { reportFr } from './report.fr';
import { reportNl } from './report.nl';

export type ReportTexts = Record<keyof typeof reportEn, string>;

export const reportTexts: Record<Language, ReportTexts> = { en: reportEn, fr: reportFr, nl: reportNl };

/** The texts in the person's language. */
export const reportText = (): ReportTexts => reportTexts[language.used.language];
