/**
 * The texts of “Check my connection”: many, and read by few, so they are apart from the catalogue and loaded with the
 * page. Findings have what was found, and what to do about it; a code that is not here is shown as it is.
 */
import type { Language } from './language.svelte';
import { diagnosisEn } from './diagnosis.en';
import { diagnosisFr } from './diagnosis.fr';
import { diagnosisNl } from './diagnosis.nl';

type English = typeof diagnosisEn;
export type Finding = readonly [text: string, next?: string];

export interface DiagnosisTexts {
  page: Record<keyof English['page'], string>;
  names: Record<keyof English['names'], string>;
  findings: Record<keyof English['findings'], Finding>;
}

export const diagnosisTexts: Record<Language, DiagnosisTexts> = { en: diagnosisEn, fr: diagnosisFr, nl: diagnosisNl };
