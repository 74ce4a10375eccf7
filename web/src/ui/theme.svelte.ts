export type ThemeChoice = 'system' | 'light' | 'dark';

const storageKey = 'parley.theme';

/** Light or dark: as the device wants it, or as the person chose on this device. */
export class Theme {
  #choice = $state<ThemeChoice>('system');
  #root: HTMLElement;
  #dark: MediaQueryList;
  #storage: Storage | undefined;

  constructor(root: HTMLElement, dark: MediaQueryList, storage: Storage | undefined) {
    this.#root = root;
    this.#dark = dark;
    this.#storage = storage;
    const saved = storage?.getItem(storageKey);
    if (saved === 'light' || saved === 'dark') this.#choice = saved;
    dark.addEventListener('change', () => this.#apply());
    this.#apply();
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    if (choice === 'system') this.#storage?.removeItem(storageKey);
    else this.#storage?.setItem(storageKey, choice);
    this.#apply();
  }

  #apply(): void {
    const dark = this.#choice === 'dark' || (this.#choice === 'system' && this.#dark.matches);
    this.#root.dataset['theme'] = dark ? 'dark' : 'light';
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
      meta.content = dark ? '#121a19' : '#ffffff';
    }
  }
}
