import type { Settings as Chosen } from '../core/api.gen';
import { isLanguage, type LanguageChoice } from '../i18n/language.svelte';
import type { ThemeChoice } from '../ui/theme.svelte';
import type { Core } from './core';

/** What shows the settings. */
interface Shown {
  theme: { choose(choice: ThemeChoice): void };
  language: { choose(choice: LanguageChoice): unknown };
}

const isTheme = (text: string | undefined): text is ThemeChoice => text === 'system' || text === 'light' || text === 'dark';

/**
 * The settings that follow the person to all own devices. What was never chosen stays as it is on this device; the
 * camera, and whether the system lets it notify, are each device's own.
 */
export class Settings {
  #core: Core;
  #shown: Shown;
  #chosen = $state.raw<Chosen>({});
  #stop: (() => void)[] = [];

  constructor(core: Core, shown: Shown) {
    this.#core = core;
    this.#shown = shown;
  }

  /** What was chosen, as far as it is known. */
  get chosen(): Chosen {
    return this.#chosen;
  }

  start(): void {
    this.#stop = [
      this.#core.on('settings', (chosen) => this.#show(chosen)),
      this.#core.on('reset', () => void this.#load()),
    ];
    void this.#load();
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  /** Shows a choice at once and tells the other devices; rejects with a problem when it could not be kept. */
  async choose(chosen: Chosen & { theme?: ThemeChoice; language?: LanguageChoice }): Promise<void> {
    this.#show({ ...this.#chosen, ...chosen });
    await this.#core.call('changeSettings', chosen);
  }

  /** When it cannot be read now, this device goes on as it is; the next change is shown. */
  async #load(): Promise<void> {
    try {
      this.#show(await this.#core.call('settings', {}));
    } catch (cause) {
      console.warn('The settings could not be read:', cause);
    }
  }

  #show(chosen: Chosen): void {
    this.#chosen = chosen;
    const { theme, language } = chosen;
    if (isTheme(theme)) this.#shown.theme.choose(theme);
    if (language === 'system' || (language && isLanguage(language))) this.#shown.language.choose(language);
  }
}
