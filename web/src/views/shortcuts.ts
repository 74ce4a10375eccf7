import type { Key } from '../i18n';

/** What a key combination asks for. */
export type Command =
  | 'search' | 'newChat' | 'settings' | 'next' | 'previous' | 'archive' | 'mute' | 'unread' | 'lock' | 'help' | 'close';

/** ⌘ takes the place of Ctrl, which edits text there: Ctrl+E goes to the end of the line. */
export const isMac = /Mac|iP(hone|ad)/.test(globalThis.navigator?.userAgent ?? '');

/** The shortcuts as they are listed for people. `mod` is ⌘ on a Mac and Ctrl elsewhere. */
export const shortcuts: { label: Key; keys: string[][] }[] = [
  { label: 'shortcuts.search', keys: [['mod', 'F'], ['mod', 'K']] },
  { label: 'shortcuts.newChat', keys: [['mod', 'N'], ['Alt', 'N']] },
  { label: 'shortcuts.settings', keys: [['mod', ',']] },
  { label: 'shortcuts.next', keys: [['Alt', '↓'], ['Alt', '↑']] },
  { label: 'shortcuts.archive', keys: [['mod', 'E'], ...(isMac ? [] : [['Alt', 'E']])] },
  { label: 'shortcuts.mute', keys: [['mod', 'Shift', 'M'], ...(isMac ? [] : [['Alt', 'M']])] },
  { label: 'shortcuts.unread', keys: [['mod', 'Shift', 'U'], ...(isMac ? [] : [['Alt', 'U']])] },
  { label: 'shortcuts.lock', keys: [['mod', 'Shift', 'L']] },
  { label: 'shortcuts.send', keys: [['Enter']] },
  { label: 'shortcuts.newline', keys: [['Shift', 'Enter']] },
  { label: 'shortcuts.close', keys: [['Esc']] },
  { label: 'shortcuts.help', keys: [['mod', '/']] },
];

/** What a pressed key asks for, if anything. Physical keys are used with Alt, which types letters on a Mac. */
export function commandOf(event: KeyboardEvent): Command | undefined {
  const mod = event.metaKey || (event.ctrlKey && !isMac);
  if (mod && !event.altKey && !event.shiftKey) {
    return ({ k: 'search', f: 'search', n: 'newChat', e: 'archive', ',': 'settings', '/': 'help' } as const)[event.key.toLowerCase()];
  }
  if (mod && !event.altKey) return ({ m: 'mute', u: 'unread', l: 'lock' } as const)[event.key.toLowerCase()];
  if (event.altKey && !mod) {
    // On a Mac, Alt with these letters types accents.
    const letters = { KeyE: 'archive', KeyM: 'mute', KeyU: 'unread' } as const;
    return ({ KeyN: 'newChat', ArrowDown: 'next', ArrowUp: 'previous', ...(isMac ? {} : letters) } as const)[event.code as 'KeyN'];
  }
  return event.key === 'Escape' ? 'close' : undefined;
}
