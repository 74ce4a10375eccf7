import { english, type Catalogue } from './catalogue';

/** The languages of the app, by their names in themselves. */
export const languages = { en: 'English', fr: 'Français', nl: 'Nederlands' } as const;

export type Language = keyof typeof languages;

/** Those that are written from right to left. */
export const rightToLeftLanguages = new Set<Language>();

/** What the person chose: a language, or the one of the device. */
export type LanguageChoice = 'system' | Language;

// English is there from the start; the others are loaded by those who read them.
const loaders: Record<Language, () => Promise<Catalogue>> = {
  en: () => Promise.resolve(english),
  fr: async () => (await import('./fr')).fr,
  nl: async () => (await import('./nl')).nl,
};

const storageKey = 'parley.language';

interface Used {
  language: Language;
  /** For dates and numbers: the person's own regional form of the language. */
  locale: string;
  catalogue: Catalogue;
  plurals: Intl.PluralRules;
}

const wanted = (): readonly string[] => globalThis.navigator?.languages ?? [];

/** The first of the wanted languages that the app has, English otherwise. */
export function pickLanguage(tags: readonly string[]): Language {
  for (const tag of tags) {
    const base = tag.split('-')[0]?.toLowerCase() ?? '';
    if (isLanguage(base)) return base;
  }
  return 'en';
}

export function isLanguage(text: string): text is Language {
  return Object.hasOwn(languages, text);
}

function use(language: Language, catalogue: Catalogue): Used {
  const locale = wanted().find((tag) => tag.split('-')[0] === language) ?? language;
  return { language, locale, catalogue, plurals: new Intl.PluralRules(locale) };
}

/** The language in use. What reads it is drawn anew when another one is chosen. */
class Languages {
  #used = $state.raw(use('en', english));
  #choice = $state<LanguageChoice>('system');
  #storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined;
  #root: Pick<HTMLElement, 'lang' | 'dir'> | undefined;

  get used(): Used {
    return this.#used;
  }

  get choice(): LanguageChoice {
    return this.#choice;
  }

  /** Uses what was chosen last on this device, and keeps what is chosen from now on. Never rejects. */
  async start(root: Pick<HTMLElement, 'lang' | 'dir'>, storage: Storage): Promise<void> {
    this.#root = root;
    this.#storage = storage;
    const saved = storage.getItem(storageKey) ?? '';
    await this.choose(isLanguage(saved) ? saved : 'system');
  }

  /** Uses a language; one that cannot be loaded now is used after the next start. */
  async choose(choice: LanguageChoice): Promise<void> {
    this.#choice = choice;
    if (choice === 'system') this.#storage?.removeItem(storageKey);
    else this.#storage?.setItem(storageKey, choice);
    const language = choice === 'system' ? pickLanguage(wanted()) : choice;
    try {
      const catalogue = await loaders[language]();
      if (this.#choice === choice) this.#used = use(language, catalogue);
    } catch (cause) {
      console.warn('The texts of the language could not be loaded:', cause);
    }
    if (!this.#root) return;
    this.#root.lang = this.#used.language;
    this.#root.dir = rightToLeftLanguages.has(this.#used.language) ? 'rtl' : 'ltr';
  }
}

export const language = new Languages();
