import type { Key } from '../i18n';

/** What a key combination asks for. */
export type Command = 'search' | 'newChat' | 'settings' | 'next' | 'previous' | 'help' | 'close';

/** The shortcuts as they are listed for people. `mod` is ⌘ on a Mac and Ctrl elsewhere. */
export const shortcuts: { label: Key; keys: string[][] }[] = [
  { label: 'shortcuts.search', keys: [['mod', 'K']] },
  { label: 'shortcuts.newChat', keys: [['Alt', 'N']] },
  { label: 'shortcuts.settings', keys: [['mod', ',']] },
  { label: 'shortcuts.next', keys: [['Alt', '↓'], ['Alt', '↑']] },
  { label: 'shortcuts.send', keys: [['Enter']] },
  { label: 'shortcuts.newline', keys: [['Shift', 'Enter']] },
  { label: 'shortcuts.close', keys: [['Esc']] },
  { label: 'shortcuts.help', keys: [['mod', '/']] },
];

/** What a pressed key asks for, if anything. Physical keys are used with Alt, which types letters on a Mac. */
export function commandOf(event: KeyboardEvent): Command | undefined {
  const mod = event.ctrlKey || event.metaKey;
  if (mod && !event.altKey && !event.shiftKey) {
    return ({ k: 'search', ',': 'settings', '/': 'help' } as const)[event.key.toLowerCase()];
  }
  if (event.altKey && !mod) {
    return ({ KeyN: 'newChat', ArrowDown: 'next', ArrowUp: 'previous' } as const)[event.code];
  }
  return event.key === 'Escape' ? 'close' : undefined;
}
