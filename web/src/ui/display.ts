/** How large texts are and how strong contrasts, on this device. The styles are in tokens.css. */
export const textSizes = ['small', 'normal', 'large', 'huge'] as const;
export type TextSize = (typeof textSizes)[number];
export type Contrast = 'system' | 'more';

const textKey = 'parley.text';
const contrastKey = 'parley.contrast';

export interface Display {
  text: TextSize;
  contrast: Contrast;
}

/** What was chosen on this device. */
export function chosenDisplay(storage: Storage): Display {
  const text = textSizes.find((size) => size === storage.getItem(textKey)) ?? 'normal';
  return { text, contrast: storage.getItem(contrastKey) === 'more' ? 'more' : 'system' };
}

/** Shows the page as it was chosen; for its start, and after a choice. */
export function applyDisplay(root: HTMLElement, { text, contrast }: Display): void {
  root.dataset['text'] = text;
  root.dataset['contrast'] = contrast;
}

export function chooseDisplay(root: HTMLElement, storage: Storage, display: Display): void {
  storage.setItem(textKey, display.text);
  storage.setItem(contrastKey, display.contrast);
  applyDisplay(root, display);
}
