/** The texts of the dialogs about messages, apart from the catalogue: they are loaded with the dialogs. */
import { language, type Language } from './language.svelte';
import { messagesEn } from './messages.en';
import { messagesFr } from './messages.fr';
import { messagesNl } from './messages.nl';

type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };
export type MessagesTexts = Texts<typeof messagesEn>;

export const messagesTexts: Record<Language, MessagesTexts> = { en: messagesEn, fr: messagesFr, nl: messagesNl };

/** The texts in the person's language. */
export const messagesText = (): MessagesTexts => messagesTexts[language.used.language];
