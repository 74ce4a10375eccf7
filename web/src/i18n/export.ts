/** The texts of exports, apart from the catalogue: they are loaded when somebody exports. */
import { exportEn } from './export.en';
import { exportFr } from './export.fr';
import { exportNl } from './export.nl';
import { language, type Language } from './language.svelte';

export type ExportTexts = Record<keyof typeof exportEn, string>;

export const exportTexts: Record<Language, ExportTexts> = { en: exportEn, fr: exportFr, nl: exportNl };

/** The texts in the person's language. */
export const exportText = (): ExportTexts => exportTexts[language.used.language];

/** A text, filled in. */
export function filledText(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
